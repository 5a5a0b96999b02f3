// Registered models of mlflow are model assets of the workspace: operations on one are seen on the other.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Scene, Ways } from './scene.ts'

interface Version {
  tags: Record<string, string>
  description: string | null
  stage: string | null
}
interface ByMlflow extends Version {
  aliases: string[]
  run: string | null
}
interface ByAzure extends Version {
  job: string | null
}
interface ByLaz {
  tags: Record<string, string>
  description?: string
  stage?: string
  job_name?: string
}

const name = 'sorter'

export function ofModels(by: Ways, scene: () => Scene): void {
  let run: string

  /** What all three say of a version, held against each other. */
  async function sees(version: string) {
    const tracked = await by.mlflow<ByMlflow>('version', { name, number: version })
    const azure = await by.azure<ByAzure>('model', { name, version })
    const ours: ByLaz = JSON.parse(await by.laz('model', 'show', '-n', name, '-v', version, '-o', 'json'))
    const labels: { label: string; version: string }[] = JSON.parse(
      await by.laz('model', 'label', 'list', '-n', name, '-o', 'json'),
    )
    const aliases = labels.filter((one) => one.version === version && one.label !== 'latest').map(({ label }) => label)
    const told = { tags: ours.tags, description: ours.description || null, stage: ours.stage ?? 'None' }
    const { job, ...rest } = { job: azure.job, tags: azure.tags, description: azure.description || null }
    expect({ ...rest, stage: azure.stage ?? 'None', run: job }, 'azure-ai-ml and laz').toEqual({
      ...{ ...told, run: ours.job_name ?? null },
    })
    expect({ ...tracked, run: tracked.run || null }, 'mlflow and laz').toEqual({
      ...{ ...told, run: ours.job_name ?? null, aliases: aliases.sort() },
    })
    return tracked
  }

  /** The versions that lists show, the same everywhere. */
  async function versions(): Promise<string> {
    const tracked = await by.mlflow<string[]>('versions', { name })
    expect(await by.azure('models', { name })).toEqual(tracked)
    const ours: string[] = JSON.parse(await by.laz('model', 'list', '-n', name, '--query', '[].version', '-o', 'json'))
    expect(ours.sort()).toEqual(tracked)
    return tracked.join(' ')
  }

  it('registered by mlflow from a run', async () => {
    run = await by.mlflow('create', { name: 'trains' })
    await by.mlflow('artifact', { id: run, file: 'model.txt', text: 'weights' })
    await by.mlflow('model', { name, tags: { kind: 'toy' }, description: 'sorts' })
    expect(await by.mlflow('register', { name, run_id: run, path: 'model.txt' })).toBe('1')
    expect(await sees('1')).toMatchObject({ run, aliases: [], stage: 'None' })
    expect(await versions()).toBe('1')
  })

  it('with aliases, stages, tags and words of mlflow', async () => {
    await by.mlflow('alias', { name, alias: 'champion', version: '1' })
    await by.mlflow('alias', { name, alias: 'old', version: '1' })
    await by.mlflow('unalias', { name, alias: 'old' })
    expect((await sees('1')).aliases).toEqual(['champion'])
    await by.mlflow('stage', { name, version: '1', stage: 'Staging' })
    await by.mlflow('tagVersion', { name, version: '1', key: 'quality', value: 'good' })
    await by.mlflow('describe', { name, version: '1', text: 'by mlflow' })
    expect(await sees('1')).toMatchObject({ stage: 'Staging', tags: { quality: 'good' }, description: 'by mlflow' })
  })

  it('with tags, words and labels of both others', async () => {
    await by.azure('changeModel', { name, version: '1', tags: { quality: 'fair' }, description: 'by azure' })
    expect(await sees('1')).toMatchObject({ tags: { quality: 'fair' }, description: 'by azure' })
    await by.laz('model', 'update', '-n', name, '-v', '1', '--set', 'tags.more=yes', '--set', 'description=by laz')
    expect(await sees('1')).toMatchObject({ tags: { quality: 'fair', more: 'yes' }, description: 'by laz' })
    await by.laz('model', 'label', 'set', '-n', name, '-v', '1', '--label', 'trusted')
    expect((await sees('1')).aliases).toEqual(['champion', 'trusted'])
    expect(await by.mlflow('aliased', { name, alias: 'trusted' })).toBe('1')
  })

  it('with versions of both others', async () => {
    const path = join(scene().folder, 'weights.txt')
    writeFileSync(path, 'more weights')
    expect(await by.azure('makeModel', { name, path, kind: 'custom_model', tags: { by: 'azure' } })).toBe('2')
    await by.laz('model', 'create', '-n', name, '--path', path, '--type', 'custom_model')
    expect(await versions()).toBe('1 2 3')
    expect((await sees('2')).tags).toEqual({ by: 'azure' })
    await by.mlflow('stage', { name, version: '3', stage: 'Production' })
    expect((await sees('3')).stage).toBe('Production')
  })

  it('archived and restored: versions and the whole', async () => {
    await by.laz('model', 'archive', '-n', name, '-v', '2')
    expect(await versions()).toBe('1 3')
    await by.azure('restoreModel', { name, version: '2' })
    expect(await versions()).toBe('1 2 3')
    await by.azure('archiveModel', { name, version: '3' })
    expect(await versions()).toBe('1 2')
    await by.laz('model', 'restore', '-n', name, '-v', '3')
    await by.laz('model', 'archive', '-n', name)
    expect(await versions()).toBe('')
    await by.laz('model', 'restore', '-n', name)
    expect(await versions()).toBe('1 2 3')
  })

  it('deleted by mlflow and by laz', async () => {
    await by.mlflow('deleteVersion', { name, version: '2' })
    expect(await versions()).toBe('1 3')
    await by.laz('model', 'delete', '-n', name, '-v', '3', '--yes')
    expect(await versions()).toBe('1')
    await by.mlflow('deleteModel', { name })
    expect((await scene().lazurite.laz(['model', 'show', '-n', name, '-v', '1'])).code).toBe(3)
    await expect(by.azure('model', { name, version: '1' })).rejects.toThrow(/not ?found|no version|no model/i)
  })
}
