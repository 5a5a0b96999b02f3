// kill -9 of the process that holds store and engine, at random moments of a pipeline of ten jobs: every job ends as it
// should, none ran twice, no line of a log is missing or doubled, nothing is left behind.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { artifactsFolder, type JobStatus, readJobStatus, workspaceOf } from '@lazurite/engine'
import { openStore, type Row, type Store } from '@lazurite/store'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'laz-engine-crash-'))
// beside the packages, so that what the bundle leaves out is found
const bundle = join(root, 'node_modules', `.engine-crash-${process.pid}.mjs`)
const scope = 's/g/w'
const kills = 24
const lines = 15

beforeAll(async () => {
  await build({
    entryPoints: [join(import.meta.dirname, 'engine-crash/host.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['source'],
    external: ['@photostructure/sqlite'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  })
})

let host: ChildProcess | undefined
afterAll(() => {
  host?.kill('SIGKILL')
  rmSync(bundle, { force: true })
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

/** Two chains that meet, a branch of its own, and a step that fails: every ending is seen. */
const needs: Record<string, string[]> = {
  s0: [],
  s1: ['s0'],
  s2: ['s1'],
  s3: ['s0'],
  s4: ['s3'],
  s5: ['s2', 's4'],
  s6: [],
  s7: ['s6'],
  s8: ['s5'],
  s9: ['s8', 's6'],
}
const names = Object.keys(needs)

function pipeline(witness: string) {
  const jobs = Object.fromEntries(
    names.map((name) => {
      const work = `echo ${name} >> ${witness}; for i in $(seq 0 ${lines - 1}); do echo "${name} line $i"; sleep 0.08; done`
      const after = needs[name] ?? []
      return [
        name,
        {
          type: 'command',
          environment: 'azureml:host@latest',
          command: `${work}; echo ${name} > \${{outputs.out}}/made; echo kept > outputs/kept.txt${name === 's7' ? '; exit 3' : ''}`,
          inputs: Object.fromEntries(
            after.map((other) => [`after_${other}`, `\${{parent.jobs.${other}.outputs.out}}`]),
          ),
          outputs: { out: { job_output_type: 'uri_folder', assetName: `made-by-${name}` } },
        },
      ]
    }),
  )
  return { jobType: 'Pipeline', settings: { default_compute: 'local', continue_on_step_failure: true }, jobs }
}

/** Starts the host and resolves when it says `word`; rejects when it ends before. */
function hostUntil(word: string, death = '', home = 'home'): Promise<void> {
  const child = spawn(process.execPath, [bundle, join(folder, home), 'crash', join(folder, `${home}.json`), death], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  host = child
  return new Promise((done, failed) => {
    let said = ''
    let complaints = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes(word)) done()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints += text
    })
    child.on('exit', (code, signal) => {
      failed(new Error(`the host ended before it said ${word}: ${code ?? signal}\n${complaints}`))
    })
  })
}

async function kill(): Promise<void> {
  const child = host
  host = undefined
  const gone = new Promise((done) => child?.on('exit', done))
  child?.kill('SIGKILL')
  await gone
}

async function stepsOf(store: Store): Promise<Record<string, Row & { facts: Partial<JobStatus> }>> {
  const { rows } = await store.resources.list({ scope, kind: 'job', parent: 'crash', top: 100 })
  return Object.fromEntries(
    rows.map((row) => [String(row.props.displayName), { ...row, facts: readJobStatus(row.status) }]),
  )
}

/** Processes whose environment names a task of this home. */
function processesOf(uuids: string[]): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        const text = readFileSync(`/proc/${pid}/environ`, 'utf8')
        return uuids.some((uuid) => text.includes(uuid))
      } catch {
        return false
      }
    })
}

test(`${kills} times kill -9 during a pipeline of ${names.length} jobs`, { timeout: 180_000 }, async () => {
  const witness = join(folder, 'witness.txt')
  mkdirSync(join(folder, 'home'), { mode: 0o700 })
  writeFileSync(join(folder, 'home.json'), JSON.stringify(pipeline(witness)))
  for (let n = 0; n < kills; n++) {
    await hostUntil('ready')
    await sleep(Math.random() ** 2 * 700)
    await kill()
  }
  await hostUntil('final')
  // the last look tidies up; a second start finds what the killed ones left
  await kill()
  await hostUntil('final')
  await sleep(1500)
  await kill()

  const store = await openStore({ home: join(folder, 'home') })
  try {
    const whole = await store.resources.get({ scope, kind: 'job', name: 'crash' })
    const steps = await stepsOf(store)
    expect(whole?.state, JSON.stringify(whole?.status)).toBe('Failed')
    expect(Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, step.state]))).toEqual(
      Object.fromEntries(names.map((name) => [name, name === 's7' ? 'Failed' : 'Completed'])),
    )
    expect(steps.s7?.facts.exitCode).toBe(3)
    expect(readFileSync(witness, 'utf8').trim().split('\n').sort()).toEqual(names)

    const workspace = await workspaceOf(store, scope)
    const journal = readFileSync(`${artifactsFolder(store, workspace, 'crash')}/logs/azureml/executionlogs.txt`, 'utf8')
    for (const name of names) {
      const step = steps[name]
      const artifacts = artifactsFolder(store, workspace, step?.name ?? '')
      expect(readFileSync(`${artifacts}/user_logs/std_log.txt`, 'utf8').trimEnd().split('\n')).toEqual(
        Array.from({ length: lines }, (_, i) => `${name} line ${i}`),
      )
      expect(readFileSync(`${artifacts}/outputs/kept.txt`, 'utf8')).toBe('kept\n')
      expect(journal.split(`Completing processing run id ${step?.name}.`)).toHaveLength(2)
      expect(journal.split(`:${step?.name}`)).toHaveLength(2)
      const { rows } = await store.resources.list({ scope, kind: 'data', name: `made-by-${name}`, versions: true })
      expect(rows.map((row) => row.version)).toEqual(name === 's7' ? [] : ['1'])
      const times = (step?.facts.phases ?? []).map((phase) => phase.from)
      expect(times).toEqual([...times].sort((a, b) => a - b))
    }
    expect(readdirSync(join(folder, 'home', 'runs')).filter((name) => name !== '.bin')).toEqual([])
    expect(processesOf(Object.values(steps).map((step) => step.facts.runUuid ?? 'none'))).toEqual([])
  } finally {
    await store.close()
  }
})

/** A pipeline of one step with a named output: every kind of write the loop makes. */
function oneStep(witness: string) {
  const step = {
    type: 'command',
    environment: 'azureml:host@latest',
    command: `echo once >> ${witness}; echo line; echo x > \${{outputs.out}}/x; echo kept > outputs/kept.txt`,
    outputs: { out: { job_output_type: 'uri_folder', assetName: 'made' } },
  }
  return { jobType: 'Pipeline', settings: { default_compute: 'local' }, jobs: { step } }
}

test.each(['before', 'after'])(
  'death %s each decision of the loop changes nothing',
  { timeout: 120_000 },
  async (when) => {
    const deaths: number[] = []
    for (let n = 1; ; n++) {
      const home = `${when}-${n}`
      const witness = join(folder, `${home}.txt`)
      mkdirSync(join(folder, home), { mode: 0o700 })
      writeFileSync(join(folder, `${home}.json`), JSON.stringify(oneStep(witness)))
      const died = await hostUntil('final', `${when}:${n}`, home).then(
        () => false,
        () => true,
      )
      if (died) deaths.push(n)
      else await kill()
      await hostUntil('final', '', home)
      await kill()

      const store = await openStore({ home: join(folder, home) })
      try {
        const { step } = await stepsOf(store)
        const states = [(await store.resources.get({ scope, kind: 'job', name: 'crash' }))?.state, step?.state]
        const workspace = await workspaceOf(store, scope)
        const read = (job: string, path: string) =>
          readFileSync(`${artifactsFolder(store, workspace, job)}/${path}`, 'utf8')
        const { rows } = await store.resources.list({ scope, kind: 'data', name: 'made', versions: true })
        expect({
          n,
          states,
          witness: readFileSync(witness, 'utf8'),
          log: read(step?.name ?? '', 'user_logs/std_log.txt'),
          kept: read(step?.name ?? '', 'outputs/kept.txt'),
          journal: read('crash', 'logs/azureml/executionlogs.txt').replace(/\[.*?\] |[0-9a-f]{8}:/g, ''),
          versions: rows.map((row) => row.version),
          run: (await store.runs.head(scope, step?.name ?? ''))?.status,
        }).toEqual({
          n,
          states: ['Completed', 'Completed'],
          witness: 'once\n',
          log: 'line\n',
          kept: 'kept\n',
          journal: `Submitting 1 runs, first five are: ${step?.name}\nCompleting processing run id ${step?.name}.\n`,
          versions: ['1'],
          run: 'FINISHED',
        })
      } finally {
        await store.close()
      }
      if (!died) break
    }
    expect(deaths.length).toBeGreaterThan(5)
  },
)
