#!/usr/bin/env bash
#SBATCH --job-name=unroll
#SBATCH --array=0-3
#SBATCH --cpus-per-task=2
#SBATCH --time=02:00:00
#SBATCH --signal=B:TERM@120
#SBATCH --requeue
#SBATCH --output=slurm-%A_%a.txt
#
# Usage: sbatch slurm.sh STUDY SWEEP.toml OUT
#
# Each job of the array takes its share of the sweep, by SLURM_ARRAY_TASK_ID and _COUNT. Two minutes before its time is over
# a job gets SIGTERM: it saves checkpoints and ends with 130, and is put into the queue again; it then goes on from there.
# When all are done: STUDY --sweep SWEEP.toml --out OUT --report
set -u
study=$1 sweep=$2 out=$3

# exec would make the study the one that gets the signal; as a child it needs it passed on.
"$study" --sweep "$sweep" --out "$out" --threads "${SLURM_CPUS_PER_TASK:-1}" &
child=$!
trap 'kill -TERM "$child"' TERM
# A trapped signal ends the first wait; the second waits for the study itself.
wait "$child"
code=$?
if kill -0 "$child" 2>/dev/null; then
    wait "$child"
    code=$?
fi
if [ "$code" = 130 ]; then
    scontrol requeue "${SLURM_JOB_ID:?}"
fi
exit "$code"
