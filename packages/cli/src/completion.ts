// Completion: the shell asks us for the words that may come next, so that new verbs and flags complete by themselves.
import type { Args } from './args.ts'
import { textOf } from './args.ts'
import type { Group, Registry } from './command.ts'
import { flagsOf } from './flags.ts'
import type { Result, Session } from './session.ts'
import { UsageError } from './usage.ts'

const scripts: Readonly<Record<string, string>> = {
  bash: `_laz_complete() {
  local IFS=$'\\n' words=("\${COMP_WORDS[@]:1:COMP_CWORD-1}")
  COMPREPLY=($(compgen -W "$(laz __complete "\${words[@]}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _laz_complete laz
`,
  zsh: `#compdef laz
_laz() {
  local -a found
  found=("\${(@f)$(laz __complete "\${words[@]:1:$((CURRENT-2))}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -a found; else _files; fi
}
compdef _laz laz
`,
}

/** Prints the script that a shell sources. */
export async function completion(_session: Session, args: Args): Promise<Result> {
  const shell = textOf(args, 'shell') ?? ''
  const text = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined
  if (text === undefined)
    throw new UsageError(`there is no completion for ${shell}`, `Choose one of ${Object.keys(scripts).join(', ')}.`)
  return { text, value: text }
}

/** The words that may follow what was typed so far; none where a file name is wanted. */
export function nextWords(typed: readonly string[], all: Registry): string[] {
  const [first, second, third] = typed
  const roots = all.roots()
  if (first === undefined)
    return [
      ...all.groups().flatMap((g) => (g.name.includes(' ') ? [] : [g.name])),
      ...roots.map((c) => c.path),
      '--version',
      '--help',
    ]
  const root = roots.find((c) => c.path === first)
  const nested = root ? undefined : all.group(`${first} ${second}`)
  const group = root ? undefined : (nested ?? all.group(first))
  const verb = nested ? third : second
  if (group && verb === undefined) return verbsOf(group)
  const command = root ?? group?.commands.find((c) => c.path === `${group.name} ${verb}`)
  if (!command) return []
  const flags = flagsOf(command)
  const last = typed.at(-1) ?? ''
  const open = flags.find((f) => last === `--${f.name}` || (f.short !== undefined && last === `-${f.short}`))
  if (open?.takes === 'value') return [...(open.choices ?? [])]
  return flags.filter((f) => !typed.includes(`--${f.name}`)).map((f) => `--${f.name}`)
}

/** Verbs that are served, and the groups below. */
function verbsOf(group: Group): string[] {
  const paths = [...group.commands.filter((c) => !c.refused).map((c) => c.path), ...(group.groups ?? [])]
  return paths.map((path) => path.split(' ').at(-1) ?? path)
}
