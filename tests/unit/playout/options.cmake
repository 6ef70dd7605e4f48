# Every program of this room runs under the guard of tests/fakes/rt_guard.c. The fakes that
# use the room itself are linked before it.
set(guarded malloc calloc aligned_alloc realloc free pthread_mutex_lock pthread_cond_signal nanosleep write read)
list(TRANSFORM guarded PREPEND "-Wl,--wrap=")
foreach(source IN LISTS sources)
  get_filename_component(name "${source}" NAME_WE)
  target_sources(playout_${name} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/fakes/rt_guard.c"
                                         "${CMAKE_CURRENT_SOURCE_DIR}/fakes/kept.c"
                                         "${CMAKE_CURRENT_SOURCE_DIR}/fakes/stage.c"
                                         "${CMAKE_CURRENT_SOURCE_DIR}/fakes/studio.c")
  target_link_options(playout_${name} PRIVATE ${guarded})
endforeach()
