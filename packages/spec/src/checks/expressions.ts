// Expressions in commands: do they name something that is there?
import { asObject, type JsonObject, own, type Path } from '../json.ts'
import type { Look } from '../look.ts'
import { refsOf } from '../template.ts'

/**
 * Inputs a job's command speaks of must be given. An optional segment excuses only the plain form the official client
 * knows ([--flag ${{inputs.x}}]), and blanks inside the braces escape its notice: those are warned about.
 */
export function checkCommand(command: unknown, inputs: unknown, at: Path, look: Look): void {
  if (typeof command !== 'string') return
  const given = asObject(inputs)
  const has = (name: string) => own(given, name) !== undefined && own(given, name) !== null
  const plain = [...command.matchAll(/\$\{\{inputs\.([\w.-]+)\}\}/g)].map((m) => m[1] ?? '')
  const excused = [...command.matchAll(/\[[\w.\s-]*\$\{\{inputs\.([\w.-]+)\}\}\]/g)].map((m) => m[1] ?? '')
  for (const name of new Set(plain)) {
    if (has(name) || excused.includes(name)) continue
    look.issue(at, `Inputs to job does not contain '${name}' referenced in command`, `add ${name} to inputs`)
  }
  for (const ref of refsOf(command)) {
    const [root, name = ''] = ref.path
    if (root !== 'inputs' || ref.optional || has(name) || plain.includes(ref.path.slice(1).join('.'))) continue
    look.issue(
      at,
      `the command speaks of the input '${name}', which the job does not have`,
      `add ${name} to inputs`,
      'warning',
    )
  }
}

/** Expressions in a component's command must name its declared inputs and outputs. */
export function checkDeclared(component: JsonObject, look: Look): void {
  const { command } = component
  if (typeof command !== 'string') return
  for (const path of new Set(expressionsOf(command))) {
    if (isDeclared(path.split('.'), component)) continue
    look.issue(['command'], `Invalid data binding expression: ${path}`, 'declare it under inputs or outputs')
  }
}

function expressionsOf(text: string): string[] {
  return [...text.matchAll(/\$\{\{\s*(\S*?)\s*\}\}/g)].map((m) => m[1] ?? '')
}

function isDeclared([root, ...rest]: string[], component: JsonObject): boolean {
  const [name = ''] = rest
  if (root === 'inputs') return own(asObject(component.inputs), rest.join('.')) !== undefined
  return root === 'outputs' && own(asObject(component.outputs), name) !== undefined && rest.length === 1
}

const portName = /^[a-zA-Z_][a-zA-Z0-9_]*(\.[a-zA-Z_][a-zA-Z0-9_]*)*$/

/** Names of a component's inputs and outputs: letters, digits, underscores; no two that differ in case only. */
export function checkPortNames(component: JsonObject, look: Look): void {
  for (const side of ['inputs', 'outputs'] as const) {
    const seen = new Map<string, string>()
    for (const name of Object.keys(asObject(component[side]))) {
      if (!portName.test(name))
        look.issue([side, name], `${JSON.stringify(name)} cannot be a name here: letters, digits and underscores only`)
      const twin = seen.get(name.toLowerCase())
      if (twin !== undefined) look.issue([side, name], `'${name}' and '${twin}' differ in case only`)
      seen.set(name.toLowerCase(), name)
    }
  }
}
