// Hostile input is answered with a clear error and breaks nothing.
import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type Lazurite, startLazurite, workspace } from './laz.ts'

let lazurite: Lazurite
let folder: string

beforeAll(async () => {
  lazurite = startLazurite()
  folder = mkdtempSync(join(tmpdir(), 'laz-hostile-'))
  await lazurite.json(['job', 'list'])
})

afterAll(async () => {
  expect((await lazurite.http('GET', '/health')).status).toBe(200)
  lazurite.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

const file = (name: string, text: string | Buffer) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

/** A refusal: not a success, no stack trace, and it says what is wrong. */
function refused(answer: Answer, says: RegExp) {
  const said = answer.out + answer.err
  expect(answer.code, said).toBeGreaterThan(0)
  expect(said).not.toMatch(/\n\s+at .+:\d+:\d+\)?\n/)
  expect(said).not.toMatch(/internal error|TypeError|undefined/i)
  expect(said).toMatch(says)
}

const create = (path: string) => lazurite.laz(['job', 'create', '-f', path])

describe('files', () => {
  test('malformed YAML names the line and the column', async () => {
    const path = file('broken.yml', 'command: echo\nenvironment: [unclosed\ninputs: {\n')
    refused(await create(path), /broken\.yml:\d+:\d+/)
    refused(await lazurite.laz(['validate', path]), /broken\.yml:\d+:\d+/)
  })

  test('100 MB of YAML are refused quickly', async () => {
    const path = file('huge.yml', Buffer.alloc(100 * 2 ** 20, 'a: b\n'))
    refused(await create(path), /too large|larger than|MiB|MB/i)
  })

  test('an alias bomb is refused', async () => {
    const rows = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let n = 1; n < 12; n++)
      rows.push(
        `a${n}: &a${n} [${Array(10)
          .fill(`*a${n - 1}`)
          .join(', ')}]`,
      )
    refused(await create(file('bomb.yml', `${rows.join('\n')}\n`)), /alias/i)
  })

  test('a file that is no mapping, an unknown kind, an unknown type', async () => {
    refused(await create(file('list.yml', '- a\n- b\n')), /mapping/i)
    refused(await create(file('type.yml', 'type: teleport\ncommand: x\n')), /teleport/)
    refused(await lazurite.laz(['validate', file('kind.yml', 'what: ever\n')]), /kind|what/i)
    refused(await create(join(folder, 'absent.yml')), /absent\.yml/)
  })

  test('every problem of a file at once', async () => {
    const path = file(
      'many.yml',
      'type: command\ncomand: echo\nenvironment: sklearn:1\ninputs:\n  a-b: 1\n  x: null\nlimits: {timeout: "60"}\ntags: {a: 1}\n',
    )
    const answer = await lazurite.laz(['validate', path])
    refused(answer, /many\.yml:2:1/)
    expect((answer.out + answer.err).match(/many\.yml:\d+:\d+/g)?.length).toBeGreaterThanOrEqual(5)
  })

  test('__proto__ changes nothing', async () => {
    const path = file(
      'proto.yml',
      'command: echo hi\nenvironment: azureml:host@latest\n__proto__: {polluted: yes}\ntags: {__proto__: x}\n',
    )
    await create(path)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

describe('pipelines', () => {
  test('a cycle is refused by the names in it', async () => {
    const step = (name: string, after: string) =>
      `  ${name}:\n    command: "true"\n    environment: azureml:host@latest\n    inputs:\n      x: \${{parent.jobs.${after}.outputs.o}}\n    outputs:\n      o:\n`
    const path = file(
      'cycle.yml',
      `type: pipeline\nsettings: {default_compute: azureml:local}\njobs:\n${step('a', 'b')}${step('b', 'a')}`,
    )
    refused(await create(path), /cycle.*a.*b|a.*→.*b/i)
  })

  test('a missing input and an unknown binding are refused by name', async () => {
    file(
      'component.yml',
      'name: needs\ntype: command\ncommand: echo ${{inputs.wanted}}\nenvironment: azureml:host@latest\ninputs:\n  wanted: {type: string}\n',
    )
    const path = file(
      'missing.yml',
      'type: pipeline\nsettings: {default_compute: azureml:local}\njobs:\n  one:\n    type: command\n    component: ./component.yml\n',
    )
    refused(await create(path), /wanted/)
    const unknown = file(
      'unknown.yml',
      'type: pipeline\nsettings: {default_compute: azureml:local}\njobs:\n  one:\n    command: echo ${{inputs.x}}\n    environment: azureml:host@latest\n    inputs:\n      x: ${{parent.inputs.nowhere}}\n',
    )
    refused(await create(unknown), /nowhere/)
  })

  test('a local input that is not there', async () => {
    const path = file(
      'absent-input.yml',
      'command: cat ${{inputs.x}}\nenvironment: azureml:host@latest\ninputs:\n  x: {type: uri_file, path: ./not-there.csv}\n',
    )
    refused(await create(path), /not-there\.csv/)
  })

  test('a compute that does not exist', async () => {
    refused(
      await create(file('compute.yml', 'command: x\nenvironment: azureml:host@latest\ncompute: azureml:nowhere\n')),
      /nowhere/,
    )
  })
})

describe('paths and names', () => {
  test('../ in every path that a request can carry', async () => {
    const token = readFileSync(join(lazurite.home, 'token'), 'utf8')
    const climbs = [
      '../',
      '..%2f',
      '%2e%2e/',
      '%252e%252e%252f',
      '..\\',
      '..%5c',
      '%2e%2e%5c',
      '....//',
      '/',
      '%00',
      'a/../../',
    ]
    const account = await lazurite.json<{ account_name: string; container_name: string }>([
      'datastore',
      'show',
      '-n',
      'workspaceblobstore',
    ])
    for (const climb of climbs) {
      const up = climb.repeat(8)
      for (const path of [
        `/${account.account_name}/${account.container_name}/${up}token`,
        `/${account.account_name}/${up}token`,
        `/api/2.0/mlflow-artifacts/artifacts/0/${up}token`,
        `/api/2.0/mlflow/artifacts/list?run_id=x&path=${up}token`,
        `/history/v1.0${workspace}/runs/${up}token/details`,
        `${workspace}/jobs/${up}token`,
        `${workspace}/data/${up}/versions/${up}token`,
      ]) {
        for (const method of ['GET', 'PUT', 'DELETE']) {
          const answer = await lazurite.http(method, path, method === 'PUT' ? { x: 1 } : undefined)
          expect(answer.status, `${method} ${path}: ${answer.body}`).toBeLessThan(500)
          expect(answer.body).not.toContain(lazurite.server().token)
        }
      }
    }
    expect(readFileSync(join(lazurite.home, 'token'), 'utf8')).toBe(token)
  })

  test('data paths that leave the datastore', async () => {
    const path = file(
      'climb.yml',
      'command: cat ${{inputs.x}}\nenvironment: azureml:host@latest\ncompute: azureml:local\ninputs:\n  x: {type: uri_file, path: "azureml://datastores/workspaceblobstore/paths/../../../../token"}\n',
    )
    const answer = await lazurite.laz(['job', 'create', '-f', path, '--stream'])
    refused(answer, /path|\.\./i)
    expect(answer.out + answer.err).not.toContain(lazurite.server().token)
  })

  test('a symlink out of the code folder', async () => {
    mkdirSync(join(folder, 'linked'))
    symlinkSync('/etc/passwd', join(folder, 'linked/passwd'))
    writeFileSync(join(folder, 'linked/main.py'), 'print(1)\n')
    const path = file('link.yml', 'command: cat passwd\ncode: linked\nenvironment: azureml:host@latest\n')
    refused(await create(path), /passwd.*link|link.*passwd/i)
  })

  test('names with control characters and other nonsense', async () => {
    for (const name of ['a\nb', 'a\u0007b', '\u001b[31mred', '-rf', 'a/b', 'a b', '.', 'x'.repeat(300)]) {
      refused(
        await lazurite.laz(['data', 'create', `--name=${name}`, '--path', folder, '--type', 'uri_folder']),
        /name/i,
      )
      const { status, body } = await lazurite.http('PUT', `${workspace}/jobs/${encodeURIComponent(name)}`, {
        properties: { jobType: 'Command', command: 'true', environmentId: 'azureml:host@latest' },
      })
      expect(status, body).toBeGreaterThanOrEqual(400)
      expect(status, body).toBeLessThan(500)
    }
  })

  test('values in a command are data of the user’s shell, as on Azure, and never of the server’s', async () => {
    const path = file(
      'inject.yml',
      `command: echo "\${{inputs.x}}"\nenvironment: azureml:host@latest\ncompute: azureml:local\nenvironment_variables:\n  ODD: "line one\\nline 'two' \\"three\\" $(touch ${folder}/never)"\ninputs:\n  x: plain\n`,
    )
    const answer = await lazurite.laz(['job', 'create', '-f', path, '--stream'])
    expect(answer.code, answer.err).toBe(0)
    expect(readdirSync(folder)).not.toContain('never')
  })
})

describe('requests', () => {
  test('bodies that are too big, too deep, or not JSON', async () => {
    const { url, token } = lazurite.server()
    const send = async (body: string | Buffer, type = 'application/json') => {
      const answer = await fetch(`${url}${workspace}/jobs/odd`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, 'content-type': type },
        body,
      }).catch((error: Error) => error)
      return answer instanceof Error ? 413 : answer.status
    }
    expect(await send(Buffer.alloc(100 * 2 ** 20, 32))).toBe(413)
    expect([400, 413]).toContain(await send('['.repeat(200_000)))
    expect(await send('{"properties":')).toBe(400)
    expect(await send('{"__proto__":{"x":1}}')).toBe(400)
    expect(await send('hello', 'text/plain')).toBe(415)
    expect((await lazurite.http('PUT', `${workspace}/teleporters/x`, { properties: {} })).status).toBe(404)
  })

  test('no token, a wrong token, a foreign host, a foreign origin', async () => {
    const { url, token } = lazurite.server()
    const status = async (headers: Record<string, string>) =>
      (await fetch(`${url}${workspace}/jobs`, { headers })).status
    expect(await status({})).toBe(401)
    expect(await status({ authorization: 'Bearer nonsense' })).toBe(401)
    const curl = (...args: string[]) =>
      spawnSync(
        'curl',
        ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-H', `Authorization: Bearer ${token}`, ...args],
        { encoding: 'utf8' },
      ).stdout
    expect(curl('-H', 'Host: evil.test', `${url}${workspace}/jobs`)).toBe('421')
    expect(curl('-X', 'POST', '-H', 'Origin: http://evil.test', `${url}${workspace}/jobs/x/cancel`)).toBe('403')
  })
})

describe('the machine', () => {
  test('a snapshot of 10,000 files', async () => {
    for (let dir = 0; dir < 100; dir++) {
      mkdirSync(join(folder, `many/d${dir}`), { recursive: true })
      for (let n = 0; n < 100; n++) writeFileSync(join(folder, `many/d${dir}/f${n}.txt`), `${dir} ${n}\n`)
    }
    const path = file(
      'many-files.yml',
      'command: find . -name "f*.txt" | wc -l\ncode: many\nenvironment: azureml:host@latest\ncompute: azureml:local\n',
    )
    const answer = await lazurite.laz(['job', 'create', '-f', path, '--stream'])
    expect(answer.code, answer.err).toBe(0)
    expect(answer.out).toContain('10000')
  })

  test('two servers on one home, and a port in use', async () => {
    const { pid, token } = lazurite.server()
    const second = await lazurite.laz(['up', '--foreground', '--port', '0'])
    expect(second.out + second.err).toMatch(new RegExp(`${pid}|already`))
    expect(lazurite.server()).toMatchObject({ pid, token })

    const taken = createServer()
    await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done))
    const address = taken.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const home = mkdtempSync(join(tmpdir(), 'laz-port-'))
    refused(await lazurite.laz(['up', '--port', String(port)], { env: { LAZ_HOME: home } }), new RegExp(`${port}`))
    await new Promise((done) => taken.close(done))
    rmSync(home, { recursive: true, force: true, maxRetries: 20 })
  })

  test('a corrupt database is named and left as it is', async () => {
    const home = mkdtempSync(join(tmpdir(), 'laz-corrupt-'))
    const env = { LAZ_HOME: home }
    expect((await lazurite.laz(['up', '--port', '0'], { env })).code).toBe(0)
    await lazurite.laz(['down'], { env })
    const database = join(home, 'laz.db')
    for (const name of readdirSync(home)) if (/laz\.db-(wal|shm)/.test(name)) rmSync(join(home, name))
    const handle = openSync(database, 'r+')
    writeSync(handle, Buffer.alloc(4096, 'garbage '), 0, 4096, 0)
    refused(await lazurite.laz(['up', '--port', '0'], { env }), /laz\.db/)
    truncateSync(database, 1000)
    refused(await lazurite.laz(['up', '--port', '0'], { env }), /laz\.db/)
    rmSync(home, { recursive: true, force: true, maxRetries: 20 })
  })

  test('a full disk fails cleanly and the server stays up', async () => {
    const home = mkdtempSync(join(tmpdir(), 'laz-full-'))
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', home])
    if (mounted.status !== 0) {
      if (process.env.CI) throw new Error('a tmpfs cannot be mounted here, and a skip is a failure in CI')
      console.log('skipped: a tmpfs cannot be mounted here')
      return
    }
    const env = { LAZ_HOME: home }
    try {
      expect((await lazurite.laz(['up', '--port', '0'], { env })).code).toBe(0)
      const big = file('big.bin', Buffer.alloc(40 * 2 ** 20, 7))
      refused(
        await lazurite.laz(['data', 'create', '--name', 'big', '--path', big, '--type', 'uri_file'], { env }),
        /space|full|disk/i,
      )
      const path = file(
        'fills.yml',
        'command: head -c 60000000 /dev/zero > outputs/big; echo over\nenvironment: azureml:host@latest\ncompute: azureml:local\n',
      )
      const filled = await lazurite.laz(['job', 'create', '-f', path, '-n', 'fills', '--stream'], { env })
      expect(filled.out + filled.err).toMatch(/space|full|disk/i)
      spawnSync('find', [home, '-name', 'big', '-delete'])
      const after = await lazurite.laz(
        [
          'job',
          'create',
          '-f',
          file('small.yml', 'command: echo still here\nenvironment: azureml:host@latest\ncompute: azureml:local\n'),
          '--stream',
        ],
        { env },
      )
      expect(after.out, after.err).toContain('still here')
    } finally {
      await lazurite.laz(['down'], { env })
      spawnSync('umount', ['-l', home])
      rmSync(home, { recursive: true, force: true, maxRetries: 20 })
    }
  })
})
