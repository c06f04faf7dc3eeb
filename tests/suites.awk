# How many promises of each contract suite (tests/contract) each adapter has kept. Reads "PROGRAM<tab>PACKAGE" of all
# programs of tests, and then what `cargo test` printed of them.
BEGIN {
  ports = "users adopted_users adopted_ids sessions events source open_source publisher images probe hasher tokens random"
  count = split(ports, suites, " ")
  for (i = 1; i <= count; i++) is_suite[suites[i]] = 1
}
FNR == NR { split($0, field, "\t"); package[field[1]] = field[2]; next }
/^ +Running / {
  program = $NF
  gsub(/.*\/|[()]/, "", program)
  adapter = package[program]
  # The use cases have tests of these names too.
  if (adapter == "driving") adapter = ""
  # Two adapters in one crate.
  if (adapter == "object-store") adapter = $0 ~ /tests\/servers\// ? "s3" : "folder"
}
/^ +Doc-tests / { adapter = "" }
/^test .*::.* \.\.\. ok$/ {
  depth = split($2, path, "::")
  suite = path[depth - 1]
  # A suite may be run twice by one adapter, over tables of another form.
  if (adapter == "" || !(suite in is_suite) || (suite, adapter, path[depth]) in kept) next
  kept[suite, adapter, path[depth]] = 1
  if (!tally[suite, adapter]++) adapters[suite] = adapters[suite] " " adapter
}
END {
  for (i = 1; i <= count; i++) {
    line = sprintf("%-14s", suites[i])
    of = split(adapters[suites[i]], name, " ")
    for (j = 1; j <= of; j++) line = line sprintf("  %s %d", name[j], tally[suites[i], name[j]])
    print line
  }
}
