import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { useOf } from './use.ts'

test('what the processes of a task take is told, and of nobody else', async () => {
  const id = `use-test.${process.pid}`
  const child = spawn(process.execPath, ['-e', 'process.stdout.write("up"); setInterval(() => {}, 1e6)'], {
    env: { ...process.env, LAZ_TASK_ID: id },
  })
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve))
    const found = await useOf(new Set([id, 'nobody']))
    expect([...found.keys()]).toEqual([id])
    expect(found.get(id)).toMatchObject({ processes: 1 })
    expect(found.get(id)?.memoryBytes).toBeGreaterThan(5_000_000)
    expect(await useOf(new Set())).toEqual(new Map())
  } finally {
    child.kill('SIGKILL')
  }
})
