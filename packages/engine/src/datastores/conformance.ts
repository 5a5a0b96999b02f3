/** What any storage must do, as scenarios: a new kind of datastore runs every one of them. */
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pageBelow, type Storage } from './storage.ts'

export interface Scenario {
  name: string
  run(storage: Storage): Promise<void>
}

const put = (storage: Storage, path: string, body: string) => storage.write(path, Readable.from([body]))

async function names(storage: Storage, folder: string, after?: string): Promise<string[]> {
  const found: string[] = []
  for await (const file of storage.list(folder, after)) found.push(file.path)
  return found
}

const hostile = ['../x', 'a/../../x', '/etc/passwd', 'a\\..\\x', 'a/%2e%2e/x', 'a\0b', 'a/./b', 'a//b', 'c\nd', '..']

export const scenarios: Scenario[] = [
  {
    name: 'what is written is there, with its size',
    async run(storage) {
      const before = Date.now() - 2000
      const stat = await put(storage, 'a/b c/größe.txt', 'hello')
      assert.equal(stat.sizeBytes, 5)
      assert.equal(stat.folder, false)
      assert.ok(stat.modifiedAt > before)
      assert.equal(await text(await storage.read('a/b c/größe.txt')), 'hello')
      assert.deepEqual(await storage.stat('a/b c/größe.txt'), stat)
      assert.equal((await storage.stat('a'))?.folder, true)
      assert.equal(await storage.stat('nothing'), undefined)
      assert.equal(await storage.stat('a/b c/größe.txt/below'), undefined)
    },
  },
  {
    name: 'empty files and parts of files',
    async run(storage) {
      await put(storage, 'empty', '')
      assert.equal(await text(await storage.read('empty')), '')
      await put(storage, 'digits', '0123456789')
      assert.equal(await text(await storage.read('digits', { start: 2, end: 4 })), '234')
      assert.equal(await text(await storage.read('digits', { start: 8 })), '89')
    },
  },
  {
    name: 'writing again replaces; a write that breaks off changes nothing',
    async run(storage) {
      await put(storage, 'f', 'first, and longer')
      await put(storage, 'f', 'second')
      assert.equal(await text(await storage.read('f')), 'second')
      const broken = new Readable({
        read() {
          this.push('half')
          this.destroy(new Error('gone'))
        },
      })
      await assert.rejects(storage.write('f', broken), /gone/)
      assert.equal(await text(await storage.read('f')), 'second')
      assert.deepEqual(await names(storage, ''), ['f'])
    },
  },
  {
    name: 'lists every file below a folder in order, from anywhere on',
    async run(storage) {
      const all = ['a', 'a-b', 'a.txt', 'dir/a', 'dir/b/c', 'dir/z', 'dirt', 'z']
      for (const path of [...all].reverse()) await put(storage, path, path)
      assert.deepEqual(await names(storage, ''), all)
      assert.deepEqual(await names(storage, 'dir'), ['dir/a', 'dir/b/c', 'dir/z'])
      assert.deepEqual(await names(storage, '', 'dir/b/c'), ['dir/z', 'dirt', 'z'])
      assert.deepEqual(await names(storage, 'nothing'), [])
    },
  },
  {
    name: 'lists every file below a folder page by page',
    async run(storage) {
      const all = ['dir/a', 'dir/b/c', 'dir/b/d', 'dir/z']
      for (const path of [...all, 'dirt', 'a']) await put(storage, path, path)
      const found: string[] = []
      let marker: string | undefined
      let pages = 0
      do {
        const page = await pageBelow(storage, 'dir', { limit: 3, ...(marker === undefined ? {} : { marker }) })
        assert.ok(page.entries.length <= 3)
        found.push(...page.entries.map((entry) => entry.path))
        marker = page.next
        pages++
      } while (marker !== undefined && pages < 10)
      assert.deepEqual(found, all)
      assert.equal(pages, 2)
      assert.deepEqual((await pageBelow(storage, 'nothing', { limit: 5 })).entries, [])
    },
  },
  {
    name: 'shows one level, page by page',
    async run(storage) {
      for (const path of ['b/1', 'b/2/x', 'b/3', 'c/4', 'a', 'd']) await put(storage, path, path)
      const shown: string[] = []
      let marker: string | undefined
      let pages = 0
      do {
        const page = await storage.browse('', { limit: 2, ...(marker === undefined ? {} : { marker }) })
        assert.ok(page.entries.length <= 2)
        shown.push(...page.entries.map((entry) => (entry.folder ? `${entry.path}/` : entry.path)))
        marker = page.next
        pages++
      } while (marker !== undefined && pages < 10)
      assert.deepEqual(shown.sort(), ['a', 'b/', 'c/', 'd'])
      const below = await storage.browse('b', { limit: 100 })
      assert.deepEqual(below.entries.map((entry) => entry.path).sort(), ['b/1', 'b/2', 'b/3'])
      assert.deepEqual((await storage.browse('nothing', { limit: 5 })).entries, [])
    },
  },
  {
    name: 'makes a file of parts, over any number of tries, whole or not at all',
    async run(storage) {
      const partBytes = 5 << 20
      const bytes = Buffer.alloc(partBytes * 2 + 777, 'abcdefghij\n')
      const plan = { sizeBytes: bytes.length, partBytes }
      const part = (index: number) => ({ index, body: bytes.subarray(index * partBytes, (index + 1) * partBytes) })
      const { parts } = storage
      const { upload, inOrder } = await parts.start('big/file', plan)
      assert.deepEqual(await parts.have('big/file', upload), [])
      for (const index of inOrder ? [0, 1] : [2, 0]) await parts.put('big/file', upload, part(index))
      const there = await parts.have('big/file', upload)
      assert.deepEqual([...there].sort(), inOrder ? [0, 1] : [0, 2])
      await assert.rejects(parts.commit('big/file', upload, plan), { code: 'InvalidBlockList' })
      assert.equal(await storage.stat('big/file'), undefined)
      assert.deepEqual(await names(storage, ''), [])
      const missing = inOrder ? 2 : 1
      for (const index of inOrder ? [missing] : [0, missing]) await parts.put('big/file', upload, part(index))
      assert.equal((await parts.commit('big/file', upload, plan)).sizeBytes, bytes.length)
      const chunks: Buffer[] = []
      for await (const chunk of await storage.read('big/file')) chunks.push(chunk)
      assert.ok(Buffer.concat(chunks).equals(bytes))
      assert.deepEqual(await names(storage, ''), ['big/file'])
      const { upload: dropped } = await parts.start('other', plan)
      await parts.put('other', dropped, part(0))
      await parts.drop('other', dropped)
      assert.deepEqual(await names(storage, ''), ['big/file'])
    },
  },
  {
    name: 'removes files and folders',
    async run(storage) {
      await put(storage, 'd/a', 'a')
      await put(storage, 'd/b', 'b')
      assert.equal(await storage.remove('d/a'), true)
      assert.equal(await storage.remove('d/a'), false)
      assert.equal(await storage.remove('d'), true)
      assert.equal(await storage.stat('d'), undefined)
      await assert.rejects(storage.remove(''))
    },
  },
  {
    name: 'reading what is not there fails with its name',
    async run(storage) {
      await assert.rejects(storage.read('no/such'), /no\/such/)
    },
  },
  {
    name: 'a file where a folder is needed is refused',
    async run(storage) {
      await put(storage, 'f', 'file')
      await assert.rejects(put(storage, 'f/below', 'x'), { code: 'PathConflict' })
    },
  },
  {
    name: 'no path leaves the storage',
    async run(storage) {
      for (const path of hostile) {
        for (const act of [
          () => storage.stat(path),
          () => storage.read(path),
          () => put(storage, path, 'x'),
          () => storage.remove(path),
          () => names(storage, path),
        ]) {
          // leading slashes are trimmed: such a path means one inside
          if (path === '/etc/passwd') continue
          await assert.rejects(act, { code: 'PathNotAllowed' }, JSON.stringify(path))
        }
      }
    },
  },
]
