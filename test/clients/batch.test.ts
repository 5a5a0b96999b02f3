// Batch endpoints of the unmodified azure-ai-ml over https. LAZ_TEST_PYTHON names a Python that has it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasSdk, openPrograms, type SdkPrograms } from './sdk-program.ts'

const script = `
import glob, os
def init():
    global word
    [folder] = glob.glob(os.environ["AZUREML_MODEL_DIR"] + "/*/")
    word = open(os.path.join(folder, "word.txt")).read()
def run(mini_batch):
    for path in mini_batch if os.environ.get("OWN") else []:
        with open(os.path.join(os.environ["AZUREML_BI_OUTPUT_PATH"], os.path.basename(path)), "w") as file:
            file.write(os.environ["OWN"])
    return ["%s %s" % (os.path.basename(path), word) for path in mini_batch]
`
const files: Record<string, string> = {
  'code/score.py': script,
  'model/word.txt': 'scored',
  'data/a.txt': 'a',
  'data/b.txt': 'b',
  'own.yml': [
    'name: own',
    'endpoint_name: words',
    'model: azureml:words@latest',
    'code_configuration: {code: code, scoring_script: score.py}',
    'environment: azureml:AzureML-sklearn-1.5@latest',
    'environment_variables: {OWN: mine}',
    'compute: azureml:local',
    'resources: {instance_count: 1}',
    'output_action: summary_only',
    'retry_settings: {max_retries: 1, timeout: 300}',
  ].join('\n'),
  'component.yml': [
    'type: pipeline',
    'name: joiner',
    'version: 1',
    'inputs: {texts: {type: uri_folder}, word: {type: string}}',
    'outputs: {joined: {type: uri_folder}}',
    'jobs:',
    '  join:',
    '    type: command',
    '    component:',
    '      type: command',
    '      name: join',
    '      inputs: {texts: {type: uri_folder}, word: {type: string}}',
    '      outputs: {joined: {type: uri_folder}}',
    '      environment: azureml:AzureML-sklearn-1.5@latest',
    '      command: cat ${{inputs.texts}}/* > ${{outputs.joined}}/all; echo ${{inputs.word}} >> ${{outputs.joined}}/all',
    '    inputs: {texts: "${{parent.inputs.texts}}", word: "${{parent.inputs.word}}"}',
    '    outputs: {joined: "${{parent.outputs.joined}}"}',
  ].join('\n'),
}

describe.skipIf(!hasSdk('batch endpoints'))('batch endpoints of azure-ai-ml', () => {
  let programs: SdkPrograms
  let seen: Record<string, unknown>
  beforeAll(async () => {
    programs = await openPrograms(files)
    seen = (await programs.run('batch.py')) as Record<string, unknown> // the program prints a mapping
  }, 300_000)
  afterAll(() => programs?.end())

  test('endpoints and deployments are made and shown', () => {
    expect(seen.models).toEqual(['first', 'Succeeded', 1])
  })

  test('a local folder is uploaded and scored, and results downloaded', () => {
    const rows = { 'predictions.csv': ['a.txt scored', 'b.txt scored'] }
    expect(seen.local_folder).toEqual([rows, 'Completed', ['batchscoring']])
  })

  test('registered data is scored by the deployment that is named, which writes files of its own', () => {
    expect(seen.registered).toEqual([{ 'a.txt': ['mine'], 'b.txt': ['mine'] }, 'tried'])
  })

  test('a call has sizes, a name and a place of its own', () => {
    expect(seen.overrides).toEqual([
      'told-once',
      { 'rows.csv': ['a.txt scored'] },
      expect.stringContaining('told/rows.csv'),
    ])
  })

  test('a pipeline component is started with inputs and outputs under their names', () => {
    expect(seen.pipeline).toEqual({ all: ['absaid'] })
  })

  test('jobs are listed; what is deleted is gone', () => {
    expect(seen.lists).toEqual([expect.arrayContaining(['told-once']), 1, ['first', 'own']])
    expect(seen.delete).toEqual(['joiner'])
  })
})
