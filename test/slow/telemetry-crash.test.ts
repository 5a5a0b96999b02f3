// kill -9 of the server while a job logs without any library: every value is there once, and the machine was looked at
// while nobody listened.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lazurite, startLazurite, workspace } from './laz.ts'

let lazurite: Lazurite
let folder: string
beforeAll(async () => {
  lazurite = startLazurite({ env: { LAZ_ENVIRONMENT: 'host' } })
  expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
  folder = mkdtempSync(join(tmpdir(), 'laz-telemetry-'))
})
afterAll(() => {
  lazurite?.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

interface Point {
  value: number
  step: number
  timestamp: number
}

async function history(run: string, key: string): Promise<Point[]> {
  const path = `/mlflow/v2.0${workspace}/api/2.0/mlflow/metrics/get-history?run_id=${run}&metric_key=${key}`
  return JSON.parse((await lazurite.http('GET', path)).body).metrics ?? []
}

const values = 400
const kills = 4

test(`${kills} times kill -9 while a job logs ${values} values by hand`, { timeout: 180_000 }, async () => {
  const lines = `for i in $(seq ${values}); do laz log metric by_hand $i; printf '{"by_line":%s}\\n' $i >> "$LAZ_METRICS"; sleep 0.02; done`
  writeFileSync(
    join(folder, 'job.yml'),
    [
      '$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json',
      'name: by_hand',
      'environment: azureml:host@latest',
      'compute: azureml:local',
      `command: ${JSON.stringify(lines)}`,
      'environment_variables: {LAZ_SYSTEM_METRICS: "1"}',
    ].join('\n'),
  )
  await lazurite.json(['job', 'create', '-f', join(folder, 'job.yml')])
  const down: [from: number, to: number][] = []
  for (let i = 0; i < kills; i++) {
    await sleep(1_500)
    process.kill(lazurite.server().pid, 'SIGKILL')
    const from = Date.now()
    await sleep(i === 1 ? 3_500 : 200)
    down.push([from, Date.now()])
    expect(await lazurite.laz(['up'])).toMatchObject({ code: 0 })
  }
  await expect
    .poll(async () => (await lazurite.json<{ status: string }>(['job', 'show', '-n', 'by_hand'])).status, {
      timeout: 90_000,
      interval: 500,
    })
    .toBe('Completed')
  const wanted = Array.from({ length: values }, (_, i) => i + 1)
  for (const key of ['by_hand', 'by_line']) {
    const points = (await history('by_hand', key)).sort((a, b) => a.step - b.step)
    expect(points.map(({ value }) => value)).toEqual(wanted)
    expect(points.map(({ step }) => step)).toEqual(wanted.map((n) => n - 1))
  }
  const looks = await history('by_hand', 'system/cpu_utilization_percentage')
  expect(looks.map(({ step }) => step)).toEqual(looks.map((_, i) => i))
  const [from = 0, to = 0] = down[1] ?? []
  expect(looks.filter(({ timestamp }) => timestamp > from && timestamp < to).length).toBeGreaterThan(0)
})
