// The documents: generated pages are fresh, links lead somewhere, the table of errors is complete.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { errors } from '@lazurite/spec'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

function markdownBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return markdownBelow(path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}

const pages = [
  ...['docs', 'examples'].flatMap((folder) => markdownBelow(join(root, folder))),
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'].map((name) => join(root, name)),
]
const guides = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))

/** Text without code, where brackets are no links. */
function prose(page: string): string {
  return readFileSync(page, 'utf8')
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, '')
}

test('the generated pages are what the tables say', () => {
  const check = () => execFileSync(process.execPath, [join(root, 'tools/docs.mjs'), '--check'], { stdio: 'pipe' })
  expect(check).not.toThrow()
}, 60_000)

test.each(pages.map((page) => relative(root, page)))('the links of %s lead to files', (name) => {
  const page = join(root, name)
  const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '')
  const local = links.map((link) => link.replace(/#.*$/, '')).filter((link) => link !== '' && !/^[a-z]+:/.test(link))
  expect(local.filter((link) => !existsSync(resolve(dirname(page), link)))).toEqual([])
})

test('every error has its row in the reference', () => {
  const text = readFileSync(join(root, 'docs/reference/errors.md'), 'utf8')
  expect(Object.keys(errors).filter((code) => !text.includes(`\n| \`${code}\` |`))).toEqual([])
})

test.each(guides)('the lines of docs/%s are at most 120 characters outside tables', (name) => {
  const lines = readFileSync(join(root, 'docs', name), 'utf8').split('\n')
  expect(lines.filter((line) => line.length > 120 && !line.startsWith('|'))).toEqual([])
})
