#!/usr/bin/env bash
# Runs the real job files of this repository on a server that lives as long as this script. Needs Node and Python only.
set -euo pipefail
cd "$(dirname "$0")/.."
laz=${LAZ:-laz} # how the command line is called here

eval "$($laz up --ephemeral)"
trap '$laz down' EXIT

$laz validate hello/job.yml iris/pipeline.yml
$laz job create -f hello/job.yml --name hello --stream
$laz job download --name hello --output-name counts --download-path "$LAZ_HOME/out"
test -s "$LAZ_HOME/out/named-outputs/counts/counts.json"
$laz job create -f iris/pipeline.yml --name iris --stream
test "$($laz job show -n iris --query status -o tsv)" = Completed
echo "All jobs completed."
