# SPDX-License-Identifier: GPL-3.0-or-later
# Writes the numbered SQL files of a folder into one C file:
#   cmake -DSQL_DIR=… -DOUT=… -P embed_sql.cmake
file(GLOB sql_files "${SQL_DIR}/*.sql")
list(SORT sql_files)
list(LENGTH sql_files n)
set(text "#include \"base/migrations.h\"\n\nconst char *const migrations[] = {\n")
foreach(sql_file IN LISTS sql_files)
  file(READ "${sql_file}" sql)
  string(REPLACE "\\" "\\\\" sql "${sql}")
  string(REPLACE "\"" "\\\"" sql "${sql}")
  string(REPLACE "\n" "\\n\"\n    \"" sql "${sql}")
  string(APPEND text "    \"${sql}\",\n")
endforeach()
string(APPEND text "};\n\nconst size_t n_migrations = ${n};\n")
file(WRITE "${OUT}" "${text}")
