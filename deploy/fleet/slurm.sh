#!/bin/bash
# A gate in eight shares, each alone on its node:
#   job=$(sbatch --parsable deploy/fleet/slurm.sh)
#   sbatch --dependency="afterany:$job" --wrap='boss-perf merge shards/*.json'
#SBATCH --job-name=boss-perf-gate
#SBATCH --array=1-8
#SBATCH --exclusive
#SBATCH --cpus-per-task=2
#SBATCH --time=01:00:00
set -euo pipefail

mkdir -p shards
status=0
boss-perf gate --against origin/main --shard auto --output "shard=shards/$SLURM_ARRAY_TASK_ID.json" || status=$?

# 3 and 4 are verdicts, which the merged gate gives; anything else is a share that is missing.
case "$status" in
    0 | 3 | 4) exit 0 ;;
    *) exit "$status" ;;
esac
