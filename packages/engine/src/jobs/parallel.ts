/**
 * A parallel job: a driver of ours in Python that cuts one input into mini-batches and hands them to worker processes,
 * which run the functions of the user's script. One driver a node; the first has the books. What is particular to Azure's
 * wording is read in `parallel-spec.ts`, what happens in the process is in `packages/engine/python/lazurite_parallel`.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asObject, fail, type JsonObject } from '@lazurite/spec'
import { bindInputs, render } from '../bind.ts'
import { ownPython } from '../own-python.ts'
import type { StageIn } from '../stage.ts'
import { type LaidTable, tableFile } from '../stage-table.ts'
import { placeModelInput, scoringVariables } from './batch-scoring.ts'
import type { Place, Staged } from './launch.ts'
import { type ParallelSpec, specOfJob } from './parallel-spec.ts'
import { processJob } from './process-job.ts'
import { quoteWord } from './spark-words.ts'
import type { Work } from './type.ts'

export const parallel = processJob({
  jobType: 'Parallel',
  async admit() {
    const message = 'A parallel job runs as a step of a pipeline only.'
    return [{ path: ['jobType'], message, hint: 'Put it under jobs: of a pipeline.' }]
  },
  inputs: inputsOf,
  command: ({ status }) => `python ${quoteWord(ownPython('parallel.py'))} ../attempt-${status.attempt}/${configFile}`,
  dress,
})

const configFile = 'parallel.json'
/** What is cut, where the job itself is told something else; no input can have such a name. */
const cutName = '~cut'

/** The input that is cut comes in as files in any case; a table with what is to be done with its rows. */
function inputsOf({ props }: Work): StageIn[] {
  const { inputData, scoring } = specOfJob(props)
  return placeModelInput(bindInputs(asObject(props.inputs)).data, scoring).flatMap((input): StageIn[] => {
    if (input.name !== inputData) return [input]
    if (input.type !== 'mltable') {
      return input.mode === 'Direct' ? [input, { ...input, name: cutName, mode: 'ReadOnlyMount' }] : [input]
    }
    if (input.mode === 'EvalMount' || input.mode === 'EvalDownload') return [{ ...input, mode: 'Table' }]
    return [input, { ...input, name: cutName, mode: 'Table' }]
  })
}

async function dress(work: Work, place: Place, staged: Staged): Promise<Record<string, string>> {
  const { props, status } = work
  const { folder } = place
  const spec = specOfJob(props)
  const { literals } = bindInputs(asObject(props.inputs))
  const values = { inputs: { ...staged.inputs, ...literals }, outputs: staged.outputs }
  const scratch = join(folder.attempt, 'parallel')
  await mkdir(scratch, { recursive: true })
  const config: JsonObject = {
    script: spec.scoring?.mlflow ? ownPython('batch_mlflow/score.py') : spec.entryScript,
    arguments: render(spec.programArguments, values, 'program_arguments'),
    data: await dataOf(spec, props, staged),
    logs: join(folder.artifacts, 'logs'),
    scratch,
    ...appended(spec, props, staged),
    miniBatchSize: spec.miniBatchSize ?? '',
    partitionKeys: spec.partitionKeys,
    errorThreshold: spec.errorThreshold,
    miniBatchErrorThreshold: spec.miniBatchErrorThreshold,
    maxRetries: spec.maxRetries,
    timeoutSeconds: spec.timeoutSeconds,
    loggingLevel: spec.loggingLevel,
    maxConcurrency: spec.maxConcurrencyPerInstance ?? usualConcurrency(work),
    nodes: status.node?.nodes.length ?? 1,
    nodeName: status.node?.compute ?? 'local',
  }
  // after a restart the processes may be reading it
  const file = join(folder.attempt, configFile)
  await writeFile(`${file}.draft`, JSON.stringify(config), { mode: 0o600 })
  await rename(`${file}.draft`, file)
  return spec.scoring ? scoringVariables(spec.scoring, staged) : {}
}

/** One process for each GPU of a node, and without GPUs one for each core, as in Azure ML. */
function usualConcurrency({ status }: Work): number {
  return Math.max(1, status.node?.gpuCount || Math.floor(status.node?.cores ?? 1))
}

/** Where the rows go: a file, or a folder that takes one. */
function appended({ appendRowTo, separator }: ParallelSpec, props: JsonObject, { outputs }: Staged): JsonObject {
  if (appendRowTo === undefined) return {}
  const path = outputs[appendRowTo]
  const { jobOutputType, mode } = asObject(asObject(props.outputs)[appendRowTo])
  if (path === undefined || String(mode ?? '').toLowerCase() === 'direct') {
    return fail('BadArgument', {
      what: `append_row_to needs an output that is written to here: ${appendRowTo} has the mode direct`,
    })
  }
  return {
    appendTo: path,
    appendFolder: jobOutputType !== 'uri_file',
    ...(separator === undefined ? {} : { separator }),
  }
}

/** What is cut, as the driver wants to hear it. */
async function dataOf({ inputData }: ParallelSpec, props: JsonObject, { inputs }: Staged): Promise<JsonObject> {
  const root = inputs[cutName] ?? inputs[inputData]
  if (root === undefined)
    return fail('BadArgument', { what: `The input ${inputData}, which is to be cut, has no value` })
  const { jobInputType } = asObject(asObject(props.inputs)[inputData])
  if (jobInputType !== 'mltable') return { kind: 'files', root }
  const text = await readFile(join(root, tableFile), 'utf8')
  const { reader, steps, files }: LaidTable = JSON.parse(text)
  if (reader !== undefined) {
    return {
      kind: 'table',
      reader,
      steps: steps.map((step) => ({ ...step })),
      files: files.map((file) => ({ ...file })),
    }
  }
  const plain = files.map(({ path, name, extracted }) => ({ path, name, columns: Object.assign({}, ...extracted) }))
  return { kind: 'files', files: plain }
}
