// What the command line's bundle loads only when it is used: modules that few commands need, and the tables of kinds.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { root } from './setup.mjs'
import { loadTables } from './tables.mjs'

const late = /^(yaml|node:(crypto|fs\/promises|tty))$/

/** Their exports become stand-ins that load them at their first use. */
export const lateModules = {
  name: 'late-modules',
  setup(build) {
    const require = createRequire(join(root, 'packages/spec/package.json'))
    build.onResolve({ filter: late }, ({ path, pluginData }) =>
      pluginData === 'real' ? undefined : { path, namespace: 'late', sideEffects: false },
    )
    build.onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => {
      const names = Object.keys(require(path)).filter((name) => /^[A-Za-z]\w*$/.test(name) && name !== 'default')
      const file = path.startsWith('node:') ? path : require.resolve(path)
      const head = `
        let found
        const real = () => (found ??= require(${JSON.stringify(file)}))
        const standIn = (name) => new Proxy(function () {}, {
          get: (_, key) => Reflect.get(real()[name], key),
          has: (_, key) => Reflect.has(real()[name], key),
          apply: (_, self, words) => Reflect.apply(real()[name], self, words),
          construct: (_, words, target) => Reflect.construct(real()[name], words, target),
        })`
      const body = names.map((name) => `export const ${name} = /* @__PURE__ */ standIn('${name}')`)
      return { contents: [head, ...body].join('\n'), loader: 'js', resolveDir: root, pluginData: 'real' }
    })
  },
}

/**
 * The tables of kinds are many, and a command needs one or two of them: each is made when it is asked for. Which name and
 * collection it has is read from the tables as they are at build time.
 */
export const lateKinds = {
  name: 'late-kinds',
  setup(build) {
    build.onLoad({ filter: /packages\/spec\/src\/kinds\/index\.ts$/ }, async ({ path }) => {
      const imports = [...readFileSync(path, 'utf8').matchAll(/^import \{([^}]+)\} from '([^']+)'/gm)].flatMap(
        ([, names, file]) => names.split(',').flatMap((name) => (name.trim() === '' ? [] : [[name.trim(), file]])),
      )
      const tables = await loadTables(
        [
          `export { documents, kinds } from ${JSON.stringify(path)}`,
          ...imports.map(([name, file]) => `export { ${name} } from ${JSON.stringify(resolve(dirname(path), file))}`),
        ].join('\n'),
      )
      const row = (kind) => {
        const [name, file] = imports.find(([word]) => tables[word] === kind) ?? []
        if (name === undefined) throw new Error(`${path} imports no ${kind.name}`)
        const collection = typeof kind.shape === 'object' ? '' : kind.collection.toLowerCase()
        return `['${kind.name}', '${collection}', () => require('${file}').${name}]`
      }
      return { loader: 'js', contents: lateIndex(tables.kinds.map(row), tables.documents.map(row)) }
    })
  },
}

const lateIndex = (kinds, documents) => `
const rows = [${kinds.join(', ')}]
const papers = [${documents.join(', ')}]
const list = (from) => {
  let made
  const all = () => (made ??= from.map(([, , load]) => load()))
  return new Proxy([], {
    get: (_, key) => Reflect.get(all(), key),
    has: (_, key) => Reflect.has(all(), key),
  })
}
export const kinds = list(rows)
export const documents = list(papers)
export const kindByName = (name) => [...rows, ...papers].find(([own]) => own === name)?.[2]()
export const kindByCollection = (word) => {
  const wanted = word.toLowerCase()
  return wanted === '' ? undefined : rows.find(([, own]) => own === wanted)?.[2]()
}`
