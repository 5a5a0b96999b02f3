// One command line from words to exit code: 0 done, 1 failed, 2 wrong words, 3 not there, 130 interrupted.
import { isLazError, type LazError } from '@lazurite/spec'
import { parseArgs, textOf } from './args.ts'
import { type Command, type Group, refuseCommand } from './command.ts'
import { groupNames, groupOf, registry } from './commands.ts'
import { exitCodes } from './exit-codes.ts'
import { flagsOf } from './flags.ts'
import type { Format } from './output.ts'
import { screenOf, tint } from './paint.ts'
import { openSession, type Result, type Session } from './session.ts'
import { nearest, UsageError } from './usage.ts'

/** Runs one command line; never throws. */
export async function run(words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const said: Said = { debug: Boolean(env.LAZ_DEBUG) || words.includes('--debug') }
  try {
    return await runCommand(asOurs(words), env, said)
  } catch (error) {
    return report(error, env, said)
  }
}

/** `laz ml …` and `laz az ml …` are `laz …`: so an alias or a script named az works. */
function asOurs(words: readonly string[]): readonly string[] {
  const [first, second] = words
  if (first === 'ml') return words.slice(1)
  if (first !== 'az') return words
  return second === 'ml' ? words.slice(2) : second === 'configure' ? words.slice(1) : words
}

interface Said {
  debug: boolean
  command?: Command
}

async function runCommand(words: readonly string[], env: NodeJS.ProcessEnv, said: Said): Promise<number> {
  if (words[0] === '__complete') {
    const { nextWords } = await import('./completion.ts')
    process.stdout.write(
      nextWords(words.slice(1), registry)
        .map((word) => `${word}\n`)
        .join(''),
    )
    return exitCodes.done
  }
  const found = words[0] === 'az' ? await findAz(words.slice(1)) : findCommand(words)
  if (found.help) {
    const { helpText } = await import('./help.ts')
    process.stdout.write(helpText(registry, found.group, screenOf(process.stdout, env)))
    return exitCodes.done
  }
  const { command, rest } = found
  said.command = command
  if (asksHelp(rest)) {
    const { helpText } = await import('./help.ts')
    process.stdout.write(helpText(registry, command, screenOf(process.stdout, env)))
    return exitCodes.done
  }
  const args = parseArgs(rest, flagsOf(command), command.positionals)
  for (const { name, refused } of command.flags)
    if (refused && args.values.has(name)) await refuseCommand(`laz ${command.path} --${name}`, refused)
  const verb = command.path.split(' ').at(-1) ?? command.path
  const session = openSession({ args, kind: command.kind, verb, flags: command.flags, env })
  const query = textOf(args, 'query')
  if (query !== undefined) await (await import('./output.ts')).checkQuery(query)
  const result = await (await command.load())(session, args)
  await print(result, session, { query, lists: command.lists === true })
  return result.code ?? exitCodes.done
}

async function findAz(words: readonly string[]): Promise<Found> {
  const { azCommand } = await import('./verbs/az.ts')
  return { help: false, ...azCommand(words) }
}

export type Found =
  | { help: true; group: Group | undefined }
  | { help: false; command: Command; rest: readonly string[] }

export function findCommand(words: readonly string[]): Found {
  const [first, second] = words
  if (first === undefined || first === '-h' || first === '--help' || (first === 'help' && second !== '--all')) {
    const about = first === 'help' && second !== undefined ? groupOf(words.slice(1).join(' ')) : undefined
    return { help: true, group: about }
  }
  const roots = registry.roots()
  const root = roots.find((c) => c.path === first)
  if (root) return { help: false, command: root, rest: words.slice(1) }
  // a group may lie in a group: workspace outbound-rule
  const nested = groupOf(`${first} ${second}`)
  const group = nested ?? groupOf(first)
  if (!group) throw unknownGroup(first, roots)
  const rest = words.slice(group.name.split(' ').length)
  const [verb] = rest
  if (verb === undefined || verb === '-h' || verb === '--help') return { help: true, group }
  const command = group.commands.find((c) => c.path === `${group.name} ${verb}`)
  if (command) return { help: false, command, rest: rest.slice(1) }
  const verbs = [...group.commands.map((c) => c.path), ...(group.groups ?? [])].map((p) => p.split(' ').at(-1) ?? '')
  const near = nearest(verb, verbs)
  throw new UsageError(
    `laz ${group.name} has no verb ${verb}`,
    near ? `Did you mean: laz ${group.name} ${near}` : `See: laz ${group.name} -h`,
  )
}

function unknownGroup(word: string, roots: readonly Command[]): UsageError {
  const near = nearest(word, [...groupNames, ...roots.map((c) => c.path)])
  return new UsageError(`laz has no command ${word}`, near ? `Did you mean: laz ${near}` : 'See: laz -h')
}

function asksHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--')
  return (end < 0 ? words : words.slice(0, end)).some((word) => word === '-h' || word === '--help')
}

async function print(
  result: Result,
  session: Session,
  how: { query: string | undefined; lists: boolean },
): Promise<void> {
  const chosen = session.format
  if (result.text !== undefined && chosen === undefined && how.query === undefined) {
    await session.print(result.text)
    return
  }
  if (result.value === undefined || result.value === null) return
  const pretty =
    chosen === undefined && how.query === undefined && how.lists && session.out.tty && result.shown !== undefined
  if (pretty && Array.isArray(result.value) && result.value.length === 0) {
    session.say(`There are no ${session.kind?.plural ?? 'results'} here.`)
    return
  }
  const format: Format = chosen ?? (pretty ? 'table' : defaultFormat(session))
  const { render } = await import('./output.ts')
  await session.print(
    await render(result.value, { format, query: how.query, shown: result.shown, screen: session.out, pretty }),
  )
}

/** AZURE_CORE_OUTPUT is how az is told a default format. */
function defaultFormat(session: Session): Format {
  const word = session.env.AZURE_CORE_OUTPUT
  const known: readonly Format[] = ['json', 'jsonc', 'yaml', 'yamlc', 'table', 'tsv', 'none']
  return known.find((format) => format === word) ?? (session.out.colour ? 'jsonc' : 'json')
}

/** Hints come as sentences and as halves of one. */
function sentence(hint: string): string {
  return /^[a-z]+ /.test(hint) && !hint.startsWith('laz ') ? hint.charAt(0).toUpperCase() + hint.slice(1) : hint
}

/** Says what went wrong, where and how to mend it; answers the exit code. */
function report(error: unknown, env: NodeJS.ProcessEnv, said: Said): number {
  const screen = screenOf(process.stderr, env)
  const write = (line: string) => process.stderr.write(`${line}\n`)
  const bad = tint(screen, 'red', 'ERROR:')
  const hintLine = (hint: string | undefined) => {
    if (hint) write(`${tint(screen, 'cyan', 'Hint:')} ${sentence(hint)}`)
  }
  if (error instanceof UsageError) {
    write(`${bad} ${error.message}`)
    hintLine(error.hint)
    if (said.command) write(`Usage: laz ${said.command.path} -h`)
    return exitCodes.usage
  }
  if (isLazError(error)) {
    write(`${bad} ${error.message}`)
    for (const line of detailLines(error)) write(line)
    if (error.hint && !error.message.includes(error.hint)) hintLine(error.hint)
    if (said.debug && error.stack) write(error.stack)
    return error.http === 404 || error.code === 'FileNotFound' ? exitCodes.notFound : exitCodes.failed
  }
  write(`${bad} ${error instanceof Error ? error.message : String(error)}`)
  if (said.debug && error instanceof Error && error.stack) write(error.stack)
  else hintLine('Set LAZ_DEBUG=1 to see where this came from.')
  return exitCodes.failed
}

/** `file:line:column  path: message` for each problem of a document. */
function detailLines(error: LazError): string[] {
  return (error.details ?? []).map((issue) => {
    const place = issue.file && issue.line ? `${issue.file}:${issue.line}:${issue.column ?? 1}  ` : ''
    const path = issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''
    return `  ${place}${path}${issue.message}${issue.hint ? ` (${issue.hint})` : ''}`
  })
}
