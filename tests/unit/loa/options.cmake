# SPDX-License-Identifier: GPL-3.0-or-later
# The commands are one program and no library: what a test is about is built into it.
foreach(test loa_speak_slots loa_frozen_plan)
  target_sources(${test} PRIVATE
    "${CMAKE_SOURCE_DIR}/loa/frozen_plan.c" "${CMAKE_SOURCE_DIR}/loa/app.c" "${CMAKE_SOURCE_DIR}/loa/app_plan.c"
    "${CMAKE_SOURCE_DIR}/loa/plan_sources.c" "${CMAKE_SOURCE_DIR}/loa/revision_text.c" "${CMAKE_SOURCE_DIR}/loa/args.c" "${CMAKE_SOURCE_DIR}/loa/say.c" "${CMAKE_SOURCE_DIR}/loa/beside.c")
  target_compile_definitions(${test} PRIVATE LOA_LOCALE_DIR="/nowhere")
endforeach()
target_sources(loa_speak_slots PRIVATE "${CMAKE_SOURCE_DIR}/loa/speak_slots.c")
target_sources(loa_watcher PRIVATE "${CMAKE_SOURCE_DIR}/loa/watcher.c")
target_sources(loa_notify PRIVATE "${CMAKE_SOURCE_DIR}/loa/notify.c")
target_sources(loa_clock_doubt PRIVATE "${CMAKE_SOURCE_DIR}/loa/clock_doubt.c")
target_sources(loa_supervisor PRIVATE "${CMAKE_SOURCE_DIR}/loa/supervisor.c" "${CMAKE_SOURCE_DIR}/loa/notify.c")
