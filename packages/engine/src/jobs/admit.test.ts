import type { Issue, JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bed, commandJob, makeBed, scope } from '../testing/bed.ts'
import { memoryBackend } from '../testing/memory-backend.ts'

let bed: Bed
beforeAll(async () => {
  bed = await makeBed({ backend: () => memoryBackend(true) })
  const put = (kind: string, name: string, props: JsonObject, version?: string) =>
    bed.store.resources.put({ key: { scope, kind, name, ...(version ? { version } : {}) }, props, by: 't' })
  const cluster = (max: number) => ({
    computeType: 'AmlCompute',
    properties: { vmSize: 'STANDARD_DS3_V2', scaleSettings: { maxNodeCount: max } },
  })
  await put('compute', 'cpu-cluster', cluster(2))
  await put('compute', 'k8s', { computeType: 'Kubernetes', properties: {} })
  const spec = { type: 'command', command: 'echo ${{inputs.need}}', environment: 'azureml:host@latest' }
  const inputs = { need: { type: 'integer', min: '1', max: '3' }, may: { type: 'string', optional: true } }
  await put(
    'component',
    'comp',
    { componentSpec: { ...spec, name: 'comp', inputs, outputs: { o: { type: 'uri_folder' } } } },
    '1',
  )
  const nested = { type: 'pipeline', name: 'nest', jobs: { inner: { type: 'command', componentId: 'azureml:gone:1' } } }
  await put('component', 'nest', { componentSpec: nested }, '1')
})
afterAll(() => bed.close())

const words = (issues: Issue[]) => issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
const refused = async (props: JsonObject) => words(await bed.engine.admit('job', scope, props))

describe('a command job at the door', () => {
  test.each<[string, JsonObject, string]>([
    ['an unknown compute', { computeId: 'azureml:no-such' }, 'computeId: There is no compute named no-such.'],
    ['a compute that cannot run jobs', { computeId: 'k8s' }, 'Kubernetes'],
    [
      'more nodes than the cluster has',
      { computeId: 'cpu-cluster', resources: { instanceCount: 3 } },
      'The job wants 3 nodes; the compute cpu-cluster has at most 2.',
    ],
    [
      'a launcher that is not driven',
      { distribution: { distributionType: 'Horovod' } },
      'distribution.type: A distribution of type Horovod is not supported',
    ],
    [
      'an input that does not exist',
      { command: 'echo ${{inputs.z}}' },
      "command: Inputs to job does not contain 'z' referenced in command",
    ],
    ['an output that does not exist', { command: 'echo ${{outputs.z}}' }, "Outputs to job does not contain 'z'"],
    ['an expression in a variable', { environmentVariables: { A: '${{inputs.q}}' } }, 'environmentVariables.A'],
    [
      'an unknown environment',
      { environmentId: 'azureml:none:4' },
      'environmentId: The environment cannot be used: there is no environment none with version 4.',
    ],
    ['no environment', { environmentId: '' }, 'A command needs an environment.'],
    ['unknown code', { codeId: 'azureml:c:1' }, 'codeId: The code cannot be used: there is no code c with version 1.'],
    [
      'an unknown data asset',
      { inputs: { d: { jobInputType: 'uri_folder', uri: 'azureml:d:1' } } },
      'inputs.d: The input d cannot be used: there is no data d with version 1.',
    ],
    [
      'an unknown datastore',
      { inputs: { d: { jobInputType: 'uri_folder', uri: 'azureml://datastores/x/paths/y' } } },
      'there is no datastore x',
    ],
    [
      'an unknown job',
      { inputs: { d: { jobInputType: 'uri_folder', uri: 'azureml://jobs/x/outputs/y' } } },
      'there is no job x',
    ],
    [
      'a path of another machine',
      { inputs: { d: { jobInputType: 'uri_folder', uri: './data' } } },
      'is a path of some machine',
    ],
    ['data without a path', { inputs: { d: { jobInputType: 'uri_folder' } } }, 'it has no path'],
    ['an output outside datastores', { outputs: { o: { uri: '/tmp/x' } } }, 'outputs.o.uri'],
    [
      'an output in an unknown datastore',
      { outputs: { o: { uri: 'azureml://datastores/x/paths/y' } } },
      'There is no datastore x.',
    ],
    [
      'two outputs for one version',
      { outputs: { a: { assetName: 'n', assetVersion: '1' }, b: { assetName: 'n', assetVersion: '1' } } },
      'Two outputs cannot both become n:1.',
    ],
    ['a name that climbs', { outputs: { '../x': {} } }, 'cannot be a name'],
  ])('%s is refused by name', async (_, more, text) => {
    expect((await refused(commandJob('true', more))).join('\n')).toContain(text)
  })

  test('what has no effect here is said, and let in', async () => {
    const issues = await bed.engine.admit(
      'job',
      scope,
      commandJob('true', {
        services: { s: { jobServiceType: 'SSH' } },
        queueSettings: { jobTier: 'Spot' },
        computeId: 'cpu-cluster',
      }),
    )
    expect(issues.every((issue) => issue.severity === 'warning')).toBe(true)
    expect(words(issues).join('\n')).toMatch(/services: Interactive[\s\S]*queueSettings: Job tiers/)
  })

  test('a virtual cluster means nodes of this machine, and that is said', async () => {
    const computeId = '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/virtualclusters/v'
    const [issue, ...more] = await bed.engine.admit('job', scope, commandJob('true', { computeId }))
    expect(issue).toMatchObject({ severity: 'warning', message: expect.stringContaining('The virtual cluster v') })
    expect(more).toEqual([])
  })

  test('paths in datastores are not looked at, and everything wrong is told at once', async () => {
    expect(
      await refused(
        commandJob('true', {
          inputs: { d: { jobInputType: 'uri_file', uri: 'azureml://datastores/workspaceblobstore/paths/not/yet.csv' } },
        }),
      ),
    ).toEqual([])
    expect(
      await refused(commandJob('echo ${{inputs.a}}', { computeId: 'x', environmentId: 'azureml:y:1' })),
    ).toHaveLength(3)
  })

  test.each(['Labeling', 'FineTuning'])('a job of type %s is refused by name', async (jobType) => {
    await expect(bed.engine.admit('job', scope, { jobType })).rejects.toMatchObject({
      code: 'NotSupported',
      message: expect.stringContaining(jobType.toLowerCase()),
    })
  })
})

describe('a pipeline at the door', () => {
  const node = (more: JsonObject = {}): JsonObject => ({
    type: 'command',
    command: 'true',
    environment: 'azureml:host@latest',
    ...more,
  })
  const pipe = (jobs: JsonObject, more: JsonObject = {}) => ({
    jobType: 'Pipeline',
    settings: { default_compute: 'local' },
    jobs,
    ...more,
  })

  test.each<[string, JsonObject, string]>([
    [
      'a circle',
      pipe({
        a: node({ inputs: { x: '${{parent.jobs.b.outputs.artifacts}}' } }),
        b: node({ inputs: { x: '${{parent.jobs.a.outputs.artifacts}}' } }),
      }),
      'wait for each other in a circle: a → b → a',
    ],
    [
      'a step that waits for itself',
      pipe({ a: node({ inputs: { x: '${{parent.jobs.a.outputs.artifacts}}' } }) }),
      'in a circle: a → a',
    ],
    [
      'a step that is not there',
      pipe({ a: node({ inputs: { x: '${{parent.jobs.b.outputs.o}}' } }) }),
      'jobs.a.inputs: The step a uses an output of b, which is no step of this pipeline.',
    ],
    [
      'an output that is not there',
      pipe({ a: node(), b: node({ inputs: { x: '${{parent.jobs.a.outputs.o}}' } }) }),
      'jobs.b.inputs.x: The input x is bound to the output o of the step a',
    ],
    [
      'a pipeline input that is not there',
      pipe({ a: node({ inputs: { x: '${{parent.inputs.q}}' } }) }),
      'the pipeline input q, which does not exist',
    ],
    [
      'a pipeline output that is not there',
      pipe({ a: node({ outputs: { o: '${{parent.outputs.z}}' } }) }),
      'Failed to find top level definition for output binding ${{parent.outputs.z}}',
    ],
    [
      'a step of another type',
      pipe({ a: { type: 'data_transfer', task: 'copy_data' } }),
      'jobs.a.type: A step of type data_transfer is not supported',
    ],
    ['an import', pipe({ a: { type: 'import' } }), 'A step of type import is not supported'],
    [
      'an unknown component',
      pipe({ a: { type: 'command', componentId: 'azureml:gone:1' } }),
      'jobs.a.componentId: The component cannot be used: there is no component gone with version 1.',
    ],
    [
      'a component in a registry',
      pipe({ a: { type: 'command', componentId: 'azureml://registries/r/components/c/versions/1' } }),
      'lies in the registry r',
    ],
    [
      'a missing input',
      pipe({ a: { type: 'command', componentId: 'azureml:comp:1' } }),
      "Required input 'need' for component 'comp' not provided.",
    ],
    [
      'a literal of the wrong type',
      pipe({ a: { type: 'command', componentId: 'azureml:comp:1', inputs: { need: 'many' } } }),
      'must be an integer, not "many"',
    ],
    [
      'a literal out of range',
      pipe(
        { a: { type: 'command', componentId: 'azureml:comp:1', inputs: { need: '${{parent.inputs.n}}' } } },
        { inputs: { n: { jobInputType: 'literal', value: '9' } } },
      ),
      'must be at most 3, not 9',
    ],
    ['no compute', pipe({ a: node() }, { settings: {} }), 'jobs.a.compute: Compute not set'],
    ['an unknown compute', pipe({ a: node({ computeId: 'nope' }) }), 'jobs.a.compute: There is no compute named nope.'],
    ['an unknown environment', pipe({ a: node({ environment: 'azureml:none:1' }) }), 'jobs.a.environment'],
    [
      'something wrong inside a pipeline component',
      pipe({ sub: { type: 'pipeline', componentId: 'azureml:nest:1' } }),
      'jobs.sub.component.jobs.inner.componentId: The component cannot be used',
    ],
    [
      'an unknown default datastore',
      pipe({}, { settings: { default_datastore: 'azureml:x' } }),
      'settings.default_datastore: There is no datastore x.',
    ],
  ])('%s is refused by name', async (_, props, text) => {
    expect((await refused(props)).join('\n')).toContain(text)
  })

  test('a chain of five thousand steps is no circle, and is looked through in no time', async () => {
    const jobs = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [
        `s${i}`,
        node(i === 0 ? {} : { inputs: { x: `\${{parent.jobs.s${i - 1}.outputs.artifacts}}` } }),
      ]),
    )
    expect(await refused(pipe(jobs))).toEqual([])
  })
})

test('a compute larger than the machine, or of an unknown size, is let in with a word', async () => {
  const admit = async (vmSize: string) => {
    const issues = await bed.engine.admit('compute', scope, { computeType: 'AmlCompute', properties: { vmSize } })
    expect(issues.every((issue) => issue.severity === 'warning')).toBe(true)
    return words(issues).join()
  }
  expect(await admit('Standard_B1s')).toBe('')
  expect(await admit('Standard_ND40rs_v2')).toContain(
    'has 40 cores, 688128 MiB and 8 GPUs; this machine gives its jobs 4 cores',
  )
  expect(await admit('Standard_Whatever')).toContain('The size Standard_Whatever is not known here')
})

test('other kinds have nothing to fear here', async () => {
  expect(await bed.engine.admit('data', scope, {})).toEqual([])
})
