import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseSource } from './database-source.ts'
import { fileSource } from './file-source.ts'
import { exportRuns } from './file-target.ts'
import { filesBelow, folderBehind } from './local-files.ts'
import { sqliteRows } from './rows.ts'
import { isPlainPath, OutOfReach, readNumber, type Source, unbounded } from './source.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'laz-tracking-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function all<T>(things: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const thing of things) found.push(thing)
  return found
}

function write(files: Record<string, string>, to: string): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(to, path)), { recursive: true })
    writeFileSync(join(to, path), text)
  }
}

const run = 'a'.repeat(32)

function makeRuns(name: string): string {
  const root = join(folder, name)
  write(
    {
      '0/meta.yaml': 'artifact_location: x\nexperiment_id: "0"\nlifecycle_stage: active\nname: 2024\n',
      '0/tags/team': 'birds',
      [`0/${run}/meta.yaml`]: `run_id: ${run}\nrun_name: null\nstatus: 4\nstart_time: 5\nend_time: 9\nlifecycle_stage: active\nuser_id: ann\nartifact_uri: file:///etc\n`,
      [`0/${run}/metrics/deep/loss`]: '1 0.5 0\n1 0.5 0\n2 nan 1\n3 -inf 2\ngarbage\n4 7 3 set digest\n',
      [`0/${run}/params/group/lr`]: '0.1\n',
      [`0/${run}/tags/mlflow.runName`]: 'named',
      [`0/${run}/inputs/i/meta.yaml`]: 'source_type: DATASET\nsource_id: d1\ndestination_id: x\ntags: {k: v}\n',
      '0/datasets/d1/meta.yaml': 'name: set\ndigest: d\nsource_type: local\nsource: "{}"\nschema: null\n',
      [`0/${run}/artifacts/a/b.txt`]: 'text',
      '.trash/7/meta.yaml': 'experiment_id: "7"\nlifecycle_stage: deleted\nname: gone\n',
      'models/m/meta.yaml': 'name: m\ndescription: about\n',
      'models/m/version-2/meta.yaml': 'version: 2\nsource: runs:/x/model\nrun_id: x\ncurrent_stage: None\n',
      'models/m/aliases/best': '2',
    },
    root,
  )
  symlinkSync('/etc', join(root, `0/${run}/artifacts/leak`))
  symlinkSync('/etc/passwd', join(root, `0/${run}/artifacts/leak.txt`))
  return root
}

async function gather(source: Source) {
  const experiments = await all(source.experiments())
  const runs = (await Promise.all(experiments.map((one) => all(source.runs(one))))).flat()
  const first = runs[0]
  if (!first) throw new Error('no run')
  return { experiments, runs, first, points: await all(source.points(first)) }
}

describe('a folder of MLflow’s file store', () => {
  test('is read whole; links are not followed, and its own words of where files are are not believed', async () => {
    const source = await fileSource(makeRuns('mlruns'))
    const { experiments, first, points } = await gather(source)
    expect(experiments).toMatchObject([
      { id: '0', name: '2024', deleted: false, tags: { team: 'birds' } },
      { id: '7', name: 'gone', deleted: true },
    ])
    expect(first).toMatchObject({ id: run, name: 'named', user: 'ann', status: 'FAILED', startTime: 5, endTime: 9 })
    expect(first).toMatchObject({
      params: { 'group/lr': '0.1\n' },
      keys: ['deep/loss'],
      datasets: [{ name: 'set', tags: { k: 'v' } }],
    })
    expect(points).toEqual([
      ['deep/loss', 0.5, 1, 0],
      ['deep/loss', 0.5, 1, 0],
      ['deep/loss', Number.NaN, 2, 1],
      ['deep/loss', Number.NEGATIVE_INFINITY, 3, 2],
      ['deep/loss', 7, 4, 3],
    ])
    expect((await all(source.artifacts(first))).map(({ path, sizeBytes }) => [path, sizeBytes])).toEqual([
      ['a/b.txt', 4],
    ])
    expect(await all(source.registered())).toMatchObject([
      { name: 'm', description: 'about', aliases: { best: '2' }, versions: [{ version: '2', runId: 'x' }] },
    ])
  })

  test('written out and read again it is the same', async () => {
    const from = await fileSource(makeRuns('first'))
    const to = join(folder, 'second')
    const done = await exportRuns({ source: from, to, experiments: [], runs: [], artifacts: true })
    expect(done).toMatchObject({ experiments: 2, runs: 1, points: 5, files: 1, left: [] })
    const [a, b] = [await gather(from), await gather(await fileSource(to))]
    const {
      artifactUri: _,
      tags: { 'mlflow.user': user, ...tags },
      ...again
    } = b.first
    expect({ ...again, tags, user }).toEqual({ ...a.first, artifactUri: undefined, user: 'ann' })
    expect(b.points).toEqual(a.points)
  })

  test('a tag that no file can be called is left out by name, and the run comes', async () => {
    const from = await fileSource(makeRuns('odd'))
    const to = join(folder, 'third')
    const odd = { '../../out': '1', taken: '2', 'taken/below': '3', ['n'.repeat(300)]: '4', fine: '5' }
    const source = {
      ...from,
      async *runs(experiment: Parameters<typeof from.runs>[0]) {
        for await (const run of from.runs(experiment)) yield { ...run, tags: { ...run.tags, ...odd } }
      },
    }
    const done = await exportRuns({ source, to, experiments: [], runs: [], artifacts: false })
    expect(done.runs).toBe(1)
    expect(done.left.map((text) => text.split(' ')[0]?.slice(0, 15))).toEqual([
      ...['"../../out"', '"taken/below"', `"${'n'.repeat(14)}`],
    ])
    expect((await gather(await fileSource(to))).first.tags).toMatchObject({ fine: '5', taken: '2' })
  })

  test('what is none is refused by name', async () => {
    await expect(fileSource(join(folder, 'nowhere'))).rejects.toThrow('nowhere')
    await expect(fileSource('/')).rejects.toThrow('mlruns')
  })
})

test('a database is read without touching it; names with quotes are names', async () => {
  const path = join(folder, 'it’s -x.db')
  const script = `
import sqlite3, sys
base = sqlite3.connect(sys.argv[1])
base.executescript("""
create table experiments (experiment_id integer, name text, lifecycle_stage text);
create table runs (run_uuid text, name text, status text, start_time integer, end_time integer, lifecycle_stage text,
  artifact_uri text, experiment_id integer, user_id text);
create table metrics (key text, value real, timestamp integer, step integer, is_nan integer, run_uuid text);
create table params (key text, value text, run_uuid text);
create table tags (key text, value text, run_uuid text);
create table scorers (scorer_id text);
insert into experiments values (1, 'one', 'active');
insert into runs values ('r''; drop table runs; --', 'x', 'FINISHED', 1, 2, 'active', 'file:///etc', 1, 'me');
insert into metrics values ('m', 0, 1, 1, 1, 'r''; drop table runs; --'), ('m', 1.7976931348623157e308, 2, 2, 0, 'r''; drop table runs; --');
insert into params values ('p', 'a' || char(10) || 'b', 'r''; drop table runs; --');
insert into scorers values ('s');
""")
base.commit()
`
  execFileSync('python3', ['-c', script, path])
  const tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
  const source = await databaseSource(sqliteRows(path, process.env), {
    what: path,
    root: undefined,
    cwd: folder,
    tables,
  })
  try {
    const { first, points } = await gather(source)
    expect(first).toMatchObject({ params: { p: 'a\nb' }, keys: ['m'], status: 'FINISHED' })
    expect(points).toEqual([
      ['m', Number.NaN, 1, 1],
      ['m', Number.POSITIVE_INFINITY, 2, 2],
    ])
    expect(await source.counts(first)).toEqual({ m: 2 })
    expect(await source.left()).toEqual(['1 scorers'])
    await expect(async () => all(source.artifacts(first))).rejects.toThrow(OutOfReach)
    expect(await all(source.registered())).toEqual([])
  } finally {
    await source.close()
  }
})

test('only places of MLflow’s are believed to hold artifacts', async () => {
  const o = { root: '/srv/mlartifacts', cwd: '/data', ends: `${run}/artifacts` }
  expect(folderBehind(`/data/0/${run}/artifacts`, o)).toBe(`/data/0/${run}/artifacts`)
  expect(folderBehind(`./mlruns/0/${run}/artifacts`, o)).toBe(`/data/mlruns/0/${run}/artifacts`)
  expect(folderBehind(`mlflow-artifacts:/0/${run}/artifacts`, o)).toBe(`/srv/mlartifacts/0/${run}/artifacts`)
  expect(folderBehind(`s3://b/c/3/${run}/artifacts`, o)).toBe(`/srv/mlartifacts/3/${run}/artifacts`)
  for (const uri of ['file:///etc', '/etc/passwd', `/etc/${run}/artifacts/../../..`, ''])
    expect(() => folderBehind(uri, o)).toThrow(OutOfReach)
  expect(() => folderBehind(`s3://b/0/${run}/artifacts`, { ...o, root: undefined })).toThrow('s3')
  await expect(all(filesBelow('/etc/passwd'))).rejects.toThrow(OutOfReach)
  expect(['a/b', 'ü', '../a', 'a//b', '/a', 'a/..', 'a\\b', ''].filter(isPlainPath)).toEqual(['a/b', 'ü'])
  expect([readNumber('nan'), readNumber('inf'), readNumber('-Infinity'), unbounded(-Number.MAX_VALUE)]).toEqual([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ])
})
