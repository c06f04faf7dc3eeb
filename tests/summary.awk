# What the screen shows of `cargo test`: a line for each program of tests that has any, and all that failures say.
/^ +(Running|Doc-tests) / { now = $0; failing = 0 }
/^failures:$/ { if (!failing++) print now }
failing { print; fflush() }
# A program that was killed, or that could not be started, has no result.
!failing && /^error: / { print; fflush() }
/^test result: ok/ && $4 > 0 { sub(/^ +Running /, "", now); sub(/^ +/, "", now); printf "%5d  %s\n", $4, now; fflush() }
