// What was tried, and a line at the end that says how it went.
let results = []
const first = []

/** Runs one check; a text it answers, or what it raises, is why it failed. */
export async function check(name, work) {
  const startedAt = Date.now()
  let why
  try {
    why = await work()
  } catch (error) {
    why = error instanceof Error ? error.message : String(error)
  }
  results.push({ name, why })
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
  if (why) process.stdout.write(`✗ ${name} (${seconds} s)\n    ${String(why).split('\n').slice(0, 6).join('\n    ')}\n`)
  else process.stdout.write(`✓ ${name} (${seconds} s)\n`)
}

export function assert(condition, why) {
  if (!condition) throw new Error(why)
}

/**
 * Runs a part. In CI one that fails is run once more, as other people's work on the machine is no fault of the pages;
 * what failed at first is told at the end.
 */
export async function part(name, work) {
  const before = results
  results = []
  await work()
  const failed = results.filter(({ why }) => why)
  if (process.env.CI && failed.length > 0) {
    first.push(...failed)
    process.stdout.write(`── ${name}, once more\n`)
    results = []
    await work()
  }
  results = [...before, ...results]
}

/** Prints the closing line and answers the exit code. */
export function close() {
  const failed = results.filter(({ why }) => why)
  for (const { name } of first) process.stdout.write(`failed at first: ${name}\n`)
  // the same words as the other suites end with
  process.stdout.write(`\n Tests  ${results.length - failed.length} passed, ${failed.length} failed\n`)
  return failed.length === 0 ? 0 : 1
}
