import { createHash } from 'node:crypto'
import type { JsonObject } from '@lazurite/spec'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bed, makeBed, scope } from '../testing/bed.ts'
import { node, pipelineJob, putAsset, putCode } from '../testing/pipes.ts'
import { resumePipeline } from './resume.ts'

let bed: Bed
beforeAll(async () => {
  bed = await makeBed()
})
afterAll(() => bed.close())

const dry = (props: JsonObject, pending: JsonObject[] = []) =>
  bed.engine.dryRun({ scope, name: 'not-there', props, pending })

const armOf = (kind: string, name: string, version = '1') =>
  `/subscriptions/s-1/resourceGroups/Group/providers/Microsoft.MachineLearningServices/workspaces/Main/${kind}/${name}/versions/${version}`

async function finished(name: string, props: JsonObject) {
  expect(await bed.submit(name, props)).toEqual([])
  return bed.until(name)
}

const count = async () =>
  (await bed.store.resources.list({ scope, kind: 'job', archived: 'all', top: 1000 })).rows.length

describe('before anything is submitted', () => {
  const inner = (text: string) => ({
    name: 'inner',
    version: '1',
    type: 'pipeline',
    inputs: { i: { type: 'uri_folder' } },
    jobs: { deep: node(`cat \${{inputs.i}}/f; echo ${text}`, { inputs: { i: '${{parent.inputs.i}}' } }) },
  })
  const steps = (word: string) => ({
    make: node(`echo ${word} > \${{outputs.o}}/f`, { outputs: { o: null } }),
    nested: { type: 'pipeline', componentId: 'azureml:inner:1', inputs: { i: '${{parent.jobs.make.outputs.o}}' } },
    aside: node('echo aside'),
  })

  test('tells which steps would run and why, inside pipeline components too, and writes nothing', async () => {
    await putAsset(bed, 'component', 'inner', { componentSpec: inner('x') })
    const never = await dry(pipelineJob(steps('one')))
    expect(never.steps.map(({ step, decision }) => [step, decision])).toEqual([
      ['make', 'runs'],
      ['aside', 'runs'],
      ['nested/deep', 'runs'],
    ])
    await finished('ran', pipelineJob(steps('one')))
    const before = await count()
    expect((await dry(pipelineJob(steps('one')))).steps.map(({ decision }) => decision)).toEqual([
      'reused',
      'reused',
      'reused',
    ])
    const other = await dry(pipelineJob(steps('two')))
    expect(Object.fromEntries(other.steps.map(({ step, why }) => [step, why]))).toMatchObject({
      make: 'the command is another',
      aside: expect.stringContaining('the same'),
      // bound to an input of the pipeline inside, which is not where it was
      'nested/deep': expect.stringMatching(/^the input i is the new output o of make, it was azureml:/),
    })
    expect(await count()).toBe(before)
  })

  test('codes that were not sent are compared by the hashes of their files', async () => {
    const code = await putCode(bed, 'old', { 'a.sh': 'echo a', 'b.sh': 'echo b' })
    await finished('with-code', pipelineJob({ s: node('sh a.sh', { codeId: code }) }))
    const sha = (text: string) => createHash('sha256').update(text).digest('hex')
    const id = armOf('codes', 'coming')
    const files = [
      ['a.sh', 6, sha('echo A')],
      ['b.sh', 6, sha('echo b')],
    ]
    const pending = [{ id, properties: { properties: { hash_sha256: 'f'.repeat(64) } }, files }]
    const told = await dry(pipelineJob({ s: node('sh a.sh', { codeId: id }) }), pending)
    expect(told).toMatchObject({ issues: [], steps: [{ decision: 'runs', why: 'in its code a.sh changed' }] })
    expect(await bed.store.resources.get({ scope, kind: 'code', name: 'coming', version: '1' })).toBeUndefined()
  })

  test('what would be refused is refused, with its place', async () => {
    const wrong = pipelineJob({ s: node('true', { inputs: { x: '${{parent.jobs.nobody.outputs.o}}' } }) })
    const told = await dry(wrong)
    expect(told.steps).toEqual([])
    expect(told.issues[0]?.path.join('.')).toContain('jobs.s.inputs')
    await expect(dry(pipelineJob({ s: node('true') }), [{ id: 'nonsense' }])).rejects.toThrow('is no id of a version')
  })

  test('what a control node decides is decided later', async () => {
    const told = await dry(
      pipelineJob({
        yes: node('echo y'),
        choose: { type: 'if_else', condition: true, true_block: '${{parent.jobs.yes}}' },
      }),
    )
    expect(told.steps).toMatchObject([
      { step: 'choose', decision: 'later' },
      { step: 'yes', decision: 'later', why: expect.stringContaining('choose') },
    ])
  })
})

describe('a pipeline that goes on', () => {
  const steps = (last: string): JsonObject => ({
    first: node('date +%N > ${{outputs.o}}/f', { outputs: { o: null } }),
    last: node(last, { inputs: { x: '${{parent.jobs.first.outputs.o}}' } }),
  })
  const forced = { settings: { default_compute: 'local', force_rerun: true } }
  const resume = async (of: string, name: string, change: Parameters<typeof resumePipeline>[2] = {}) => {
    const { props, components } = await resumePipeline(bed.store, await bed.job(of), change)
    for (const one of components) await putAsset(bed, 'component', one.name, one.props, one.version)
    return finished(name, props)
  }

  test('takes over what completed, also what nobody else may reuse, and runs the rest', async () => {
    expect((await finished('broken', pipelineJob(steps('exit 4'), forced))).state).toBe('Failed')
    const before = await bed.children('broken')
    expect((await resume('broken', 'still')).state).toBe('Failed')
    const still = await bed.children('still')
    expect(still.first?.facts.reuse).toMatchObject({ reused: true, of: before.first?.name })
    expect(still.last?.facts.reuse).toMatchObject({ reused: false, why: 'it did not complete in broken: Failed' })

    const mended = await resume('still', 'mended', { steps: { last: { command: 'cat ${{inputs.x}}/f' } } })
    expect(mended.state).toBe('Completed')
    const steps3 = await bed.children('mended')
    expect(steps3.first?.facts.reuse?.of).toBe(still.first?.name)
    expect(steps3.last?.facts.reuse?.why).toBe('the command is another')
    const log = await bed.artifact(steps3.last?.name ?? '', 'user_logs/std_log.txt')
    const { account, blobstore } = bed.workspace.storage
    const made = bed.store.bytes.path(account, blobstore, `azureml/${before.first?.name}/o/f`)
    const { readFile } = await import('node:fs/promises')
    expect(log).toBe(await readFile(made, 'utf8'))
  })

  test('an edit inside a pipeline component makes that component anew; an edited input runs what needs it', async () => {
    const spec = {
      name: 'pair',
      version: '1',
      type: 'pipeline',
      inputs: { n: { type: 'integer' } },
      jobs: { one: node('echo 1'), two: node('echo ${{inputs.n}}', { inputs: { n: '${{parent.inputs.n}}' } }) },
    }
    await putAsset(bed, 'component', 'pair', { componentSpec: spec })
    const jobs = { pair: { type: 'pipeline', componentId: 'azureml:pair:1', inputs: { n: '${{parent.inputs.n}}' } } }
    const inputs = { n: { jobInputType: 'literal', value: '5' } }
    await finished('nested', pipelineJob(jobs, { inputs, ...forced }))
    const job = await resume('nested', 'nested-2', { steps: { 'pair/two': { inputs: { n: 7 } } } })
    expect(job.state).toBe('Completed')
    const pair = (await bed.children('nested-2')).pair
    const inside = await bed.children(pair?.name ?? '')
    expect(inside.one?.facts.reuse?.reused).toBe(true)
    expect(inside.two?.facts.reuse).toMatchObject({ reused: false, why: 'the input n is 7, it was 5' })
    const third = await resume('nested', 'nested-3', { inputs: { n: 9 } })
    expect(third.props.inputs).toEqual({ n: { jobInputType: 'literal', value: '9' } })
  })

  test('is refused where there is nothing to go on with, by name', async () => {
    await finished('done', pipelineJob({ s: node('echo done') }))
    const of = async (name: string, change = {}) => resumePipeline(bed.store, await bed.job(name), change)
    await expect(of('done')).rejects.toThrow('nothing left to run')
    await expect(of('done', { inputs: { nope: 1 } })).rejects.toThrow('has no input nope; it has none')
    await expect(of('done', { steps: { nope: {} } })).rejects.toThrow('There is no step nope; there are s')
    await expect(of('done', { steps: { s: { inputs: { x: [1] } } } })).rejects.toThrow('x must be a text')
    const step = (await bed.children('done')).s?.name ?? ''
    await expect(of(step)).rejects.toMatchObject({ code: 'NotSupported' })
    await bed.put('waits', pipelineJob({ s: node('sleep 5') }))
    await expect(of('waits')).rejects.toMatchObject({ code: 'JobNotFinal' })
    await bed.store.resources.ask({ scope, kind: 'job', name: 'waits' }, { cancel: 1 })
    await bed.until('waits')
  })
})
