// Expressions in commands: do they name something that is there?
import { asObject, own, type Path } from '../json.ts'
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
