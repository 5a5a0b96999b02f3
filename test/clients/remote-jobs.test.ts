// Jobs whose data lies elsewhere: a real server runs them, with inputs from and outputs to Azurite (azure_blob) and the
// Versity gateway (s3).
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lazurite, startLazurite } from '../slow/laz.ts'
import {
  azuriteAccount,
  azuriteKey,
  hasAzurite,
  hasGateway,
  needs,
  type StorageServer,
  s3Key,
  startAzurite,
  startGateway,
} from './storage/servers.ts'

const minutes = 60_000
const kinds = [
  {
    kind: 'azure_blob',
    part: 'Azurite',
    present: hasAzurite,
    start: startAzurite,
    async prepare({ host }: StorageServer) {
      const { BlobServiceClient, StorageSharedKeyCredential } = await import('@azure/storage-blob')
      const key = new StorageSharedKeyCredential(azuriteAccount, azuriteKey)
      await new BlobServiceClient(`http://${host}/${azuriteAccount}`, key).createContainer('things')
    },
    yaml: (host: string) =>
      `type: azure_blob\naccount_name: ${azuriteAccount}\ncontainer_name: things\nprotocol: http\nendpoint: ${host}\n` +
      `credentials: {account_key: "${azuriteKey}"}\n`,
    address: (host: string, path: string) => `http://${host}/${azuriteAccount}/things/${path}`,
    secret: azuriteKey,
  },
  {
    kind: 's3',
    part: 'the Versity gateway',
    present: hasGateway,
    start: startGateway,
    async prepare({ folder }: StorageServer) {
      mkdirSync(join(folder, 'things'))
    },
    yaml: (host: string) =>
      `type: s3\nbucket_name: things\nendpoint: http://${host}\n` +
      `credentials: {access_key_id: ${s3Key.accessKeyId}, secret_access_key: "${s3Key.secretAccessKey}"}\n`,
    address: (_: string, path: string) => `s3://things/${path}`,
    secret: s3Key.secretAccessKey,
  },
] as const

for (const { kind, part, present, start, prepare, yaml, address, secret } of kinds) {
  describe.skipIf(!needs(part, present))(`jobs on a datastore of type ${kind}`, () => {
    let storage: StorageServer
    let server: Lazurite
    let folder: string
    const write = (name: string, text: string) => {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
      return name
    }
    const laz = (...words: string[]) => server.laz(words, { cwd: folder })
    const json = <T = Record<string, unknown>>(...words: string[]) => server.json<T>(words, { cwd: folder })
    const far = (path: string) => `azureml://datastores/far/paths/${path}`

    beforeAll(async () => {
      storage = await start()
      await prepare(storage)
      server = startLazurite()
      folder = mkdtempSync(join(tmpdir(), 'laz-remote-'))
      const files = {
        'in/a.csv': 'n,word\n1,a\n2,b\n',
        'in/b.csv': 'n,word\n3,c\n',
        'in/sub/deep ü.txt': 'deep',
        'in/table/MLTable': 'paths: [{pattern: "../*.csv"}]\ntransformations: [{skip: 1}]\n',
        'in/rows/MLTable':
          'paths: [{file: ../a.csv}]\ntransformations: [{read_delimited: {}}, {filter: "col(\'n\') > 1"}]\n',
        'model/weights.txt': 'w-1',
      }
      for (const [name, text] of Object.entries(files)) write(name, text)
      await json('datastore', 'create', '-f', write('far.yml', `name: far\n${yaml(storage.host)}`))
      for (const name of ['in', 'model'])
        await json('datastore', 'upload', '-n', 'far', '--path', name, '--target-path', name)
    }, 2 * minutes)
    afterAll(async () => {
      server?.stop()
      await storage?.close()
      if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
    })

    /** Runs a job to its end; its log and what the command line said. */
    async function run(name: string, text: string) {
      write(`${name}.yml`, text)
      const { code, out, err } = await laz('job', 'create', '-f', `${name}.yml`, '-n', name, '--stream')
      return { code, said: `${out}\n${err}` }
    }
    const job = (command: string, rest: string) =>
      `command: |\n${command.replace(/^/gm, '  ')}\nenvironment: azureml:host@latest\ncompute: azureml:local\n${rest}`

    /** What is in the storage, fetched by the command line. */
    async function fetched(path: string): Promise<Record<string, string>> {
      const to = mkdtempSync(join(folder, 'down-'))
      const { code, err } = await laz('datastore', 'download', '-n', 'far', '--path', path, '--download-path', to)
      expect(code, err).toBe(0)
      const names = readdirSync(to, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      return Object.fromEntries(names.map((e) => [e.name, readFileSync(join(e.parentPath, e.name), 'utf8')]))
    }

    test(
      'inputs by mount and download, as paths, addresses and assets; outputs sent and registered',
      async () => {
        await json('data', 'create', '-n', 'one', '-v', '1', '-t', 'uri_file', '--path', far('in/a.csv'))
        await json('data', 'create', '-n', 'all', '-v', '1', '-t', 'uri_folder', '--path', far('in'))
        await json('model', 'create', '-n', 'm', '-v', '1', '-t', 'custom_model', '--path', far('model'))
        const { code, said } = await run(
          'takes',
          job(
            [
              'set -e',
              'cat "${{inputs.mounted}}/a.csv" > "${{outputs.folder}}/mounted.txt"',
              'cat "${{inputs.downloaded}}/sub/deep ü.txt" > "${{outputs.folder}}/downloaded.txt"',
              'cat "${{inputs.one}}" > "${{outputs.folder}}/one.txt"',
              '(cd "${{inputs.all}}" && find . -type f | sort) > "${{outputs.folder}}/all.txt"',
              'cat "${{inputs.addressed}}" > "${{outputs.folder}}/addressed.txt"',
              'cat "${{inputs.model}}/weights.txt" > "${{outputs.file}}"',
              'echo "${{inputs.direct}}" > "${{outputs.folder}}/direct.txt"',
            ].join('\n'),
            `inputs:
  mounted: {type: uri_folder, path: "${far('in')}", mode: ro_mount}
  downloaded: {type: uri_folder, path: "${far('in')}", mode: download}
  one: {type: uri_file, path: "azureml:one:1"}
  all: {type: uri_folder, path: "azureml:all@latest"}
  addressed: {type: uri_file, path: "${address(storage.host, 'in/b.csv')}"}
  model: {type: custom_model, path: "azureml:m:1"}
  direct: {type: uri_folder, path: "${far('in')}", mode: direct}
outputs:
  folder: {type: uri_folder, path: "${far('out/folder/')}", mode: upload, name: results, version: "7"}
  file: {type: uri_file, path: "${far('out/file.txt')}"}
`,
          ),
        )
        expect(code, said).toBe(0)
        expect(await fetched('out/folder')).toMatchObject({
          'mounted.txt': 'n,word\n1,a\n2,b\n',
          'downloaded.txt': 'deep',
          'one.txt': 'n,word\n1,a\n2,b\n',
          'all.txt': './a.csv\n./b.csv\n./rows/MLTable\n./sub/deep ü.txt\n./table/MLTable\n',
          'addressed.txt': 'n,word\n3,c\n',
          'direct.txt': expect.stringContaining('/datastores/far/paths/in'),
        })
        expect(await fetched('out/file.txt')).toEqual({ 'file.txt': 'w-1' })
        expect(await json('data', 'show', '-n', 'results', '-v', '7')).toMatchObject({
          type: 'uri_folder',
          path: expect.stringContaining('/datastores/far/paths/out/folder'),
        })
        const down = await laz('job', 'download', '-n', 'takes', '--output-name', 'folder', '-p', join(folder, 'got'))
        expect(down.code, down.err).toBe(0)
        expect(readdirSync(join(folder, 'got'), { recursive: true, encoding: 'utf8' }).join()).toContain('one.txt')
        expect(said).not.toContain(secret)
      },
      3 * minutes,
    )

    test(
      'tables: handed over whole, evaluated to files where steps choose files, refused by name where they make rows',
      async () => {
        await json('data', 'create', '-n', 'table', '-v', '1', '-t', 'mltable', '--path', far('in/table'))
        await json('data', 'create', '-n', 'rows', '-v', '1', '-t', 'mltable', '--path', far('in/rows'))
        const table = (name: string, mode: string) =>
          `inputs: {t: {type: mltable, path: "azureml:${name}:1", mode: ${mode}}}\n`
        const whole = await run('t-whole', job('cat ${{inputs.t}}/MLTable', table('rows', 'ro_mount')))
        expect(whole).toMatchObject({ code: 0, said: expect.stringContaining('read_delimited') })
        const find = 'cd ${{inputs.t}} && find . -type f | sort && cat $(find . -type f)'
        for (const mode of ['eval_mount', 'eval_download']) {
          const files = await run(mode.replace('_', '-'), job(find, table('table', mode)))
          expect(files.code, files.said).toBe(0)
          expect(files.said).toMatch(/\.\/far\/in\/b\.csv\s+n,word\s+3,c/)
          expect(files.said).not.toContain('a.csv')
        }
        const rows = await run('t-rows', job('true', table('rows', 'eval_mount')))
        expect(rows.code).not.toBe(0)
        expect(rows.said).toMatch(/read_delimited makes rows/)
        const seen = await json('data', 'preview', '-n', 'rows', '-v', '1')
        expect(seen).toMatchObject({ rows: [{ n: 2, word: 'b' }] })
      },
      3 * minutes,
    )

    test(
      'a pipeline hands its data on through the storage',
      async () => {
        const pipe = `type: pipeline
settings: {default_compute: azureml:local}
inputs:
  raw: {type: uri_folder, path: "${far('in')}", mode: download}
outputs:
  total: {type: uri_file, path: "${far('pipe/total.txt')}"}
jobs:
  first:
    command: cat \${{inputs.raw}}/*.csv > \${{outputs.mid}}/all.csv
    environment: azureml:host@latest
    inputs: {raw: "\${{parent.inputs.raw}}"}
    outputs: {mid: {type: uri_folder, path: "${far('pipe/mid/')}"}}
  second:
    command: wc -l < \${{inputs.mid}}/all.csv > \${{outputs.total}}
    environment: azureml:host@latest
    inputs: {mid: "\${{parent.jobs.first.outputs.mid}}"}
    outputs: {total: "\${{parent.outputs.total}}"}
`
        const { code, said } = await run('pipe', pipe)
        expect(code, said).toBe(0)
        expect((await fetched('pipe/total.txt'))['total.txt']?.trim()).toBe('5')
        expect(Object.keys(await fetched('pipe/mid'))).toEqual(['all.csv'])
      },
      3 * minutes,
    )

    test(
      'what is not there, and a storage that does not answer, end the job with the reason',
      async () => {
        const read = (path: string) => job('true', `inputs: {x: {type: uri_file, path: "${far(path)}"}}\n`)
        const missing = await run('missing', read('in/none.csv'))
        expect(missing.code).not.toBe(0)
        expect(missing.said).toMatch(/none\.csv/)
        const written = await run(
          'rw',
          job('true', `inputs: {x: {type: uri_folder, path: "${far('in')}", mode: rw_mount}}\n`),
        )
        expect(written.said).toMatch(/rw_mount/)
        expect(written.code).not.toBe(0)
        await storage.stop()
        const away = await run('away', read('in/a.csv'))
        await storage.start()
        expect(away.code).not.toBe(0)
        expect(away.said).toMatch(/far/)
        expect(away.said).not.toContain(secret)
        const back = await run('back', read('in/a.csv'))
        expect(back.code, back.said).toBe(0)
      },
      3 * minutes,
    )
  })
}
