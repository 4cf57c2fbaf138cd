#!/usr/bin/env bash
# Usage: parallel.sh SHARES STUDY SWEEP.toml OUT
#
# GNU parallel starts every share of the sweep, as many at once as the machine has cores (give it --sshlogin for more
# machines that see the same OUT), and says which failed. The same command goes on with what is not finished.
set -euo pipefail
shares=$1 study=$2 sweep=$3 out=$4
seq 0 $((shares - 1)) | parallel --line-buffer --tag "$study" --sweep "$sweep" --out "$out" --threads 1 --shard "{}/$shares"
"$study" --sweep "$sweep" --out "$out" --report
