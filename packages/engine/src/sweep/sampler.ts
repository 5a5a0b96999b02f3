/** How the values of a trial are found, by the name of the algorithm. A trial's values depend on what is passed in alone. */
import { asNumber, asObject, asString, type Issue, type Json } from '@lazurite/spec'
import { drawAll, randomValues } from './draw.ts'
import { gridValues } from './grid.ts'
import { sobolNumber } from './sobol.ts'
import { type Distribution, type Space, sizeOfSpace, type Values } from './space.ts'
import { type Known, tpeValues } from './tpe.ts'

export interface Sampling {
  type: 'random' | 'grid' | 'bayesian'
  /** Of random alone. */
  rule: 'random' | 'sobol'
  /** As asked for; a sweep without one gets one at its birth. */
  seed?: number
  /** What the logarithmic distributions are powers of. */
  base: number
}

/** Distributions that an algorithm can search; all where there is no line. */
const narrow: Partial<Record<Sampling['type'], readonly Distribution['type'][]>> = {
  grid: ['choice'],
  bayesian: ['choice', 'uniform', 'quniform'],
}

/** The algorithm a sweep names. Paths begin at `samplingAlgorithm`. */
export function readSampling(raw: Json | undefined): { sampling: Sampling; issues: Issue[] } {
  const given = asObject(raw)
  const word = (
    asString(raw) ??
    asString(given.samplingAlgorithmType) ??
    asString(given.type) ??
    'random'
  ).toLowerCase()
  const sampling: Sampling = { type: 'random', rule: 'random', base: Math.E }
  const issues: Issue[] = []
  if (word === 'random' || word === 'grid' || word === 'bayesian') sampling.type = word
  else
    issues.push({
      path: [],
      message: `${JSON.stringify(word)} is no way to sample; there are random, grid and bayesian.`,
    })
  const rule = (asString(given.rule) ?? 'random').toLowerCase()
  if (rule === 'random' || rule === 'sobol') sampling.rule = rule
  else issues.push({ path: ['rule'], message: `${JSON.stringify(rule)} is no rule; there are random and sobol.` })
  const { seed } = given
  if (seed !== undefined && seed !== null) {
    const number = asNumber(seed) ?? Number.NaN
    if (Number.isSafeInteger(number)) sampling.seed = number
    else issues.push({ path: ['seed'], message: `seed must be a whole number, not ${JSON.stringify(seed)}.` })
  }
  const { logbase } = given
  if (logbase !== undefined && logbase !== null && logbase !== 'e') {
    const number = asNumber(logbase) ?? Number(logbase)
    if (number > 0 && number !== 1 && Number.isFinite(number)) sampling.base = number
    else {
      const message = `logbase must be e or a number greater than 0 that is not 1, not ${JSON.stringify(logbase)}.`
      issues.push({ path: ['logbase'], message })
    }
  }
  return { sampling, issues }
}

/** What the algorithm cannot search. Paths begin at the space. */
export function checkSampling(space: Space, { type, base }: Sampling): Issue[] {
  const issues: Issue[] = []
  for (const [name, of] of space) {
    const allowed = narrow[type]
    if (allowed && !allowed.includes(of.type)) {
      const message = `${type} sampling searches ${allowed.join(', ')}, not ${of.type}.`
      issues.push({ path: [name], message, hint: 'random sampling takes every distribution.' })
    }
    if ((of.type === 'loguniform' || of.type === 'qloguniform') && !Number.isFinite(base ** of.max)) {
      const message = `max_value of ${of.type} is an exponent: ${base === Math.E ? 'e' : base} to the power of ${of.max} is too large a number.`
      issues.push({ path: [name, 'max_value'], message, hint: `For values up to ${of.max} write its logarithm.` })
    }
  }
  return issues
}

/** How many different trials there can be; undefined for any number. */
export function mostTrialsOf(space: Space, { type }: Sampling): number | undefined {
  return type === 'grid' ? sizeOfSpace(space) : undefined
}

/** The values of trial `trial`; `known` are the trials before it, which bayesian sampling learns from. */
export function sampleTrial(
  space: Space,
  { type, rule, base }: Sampling,
  { seed, trial, known }: { seed: number; trial: number; known: readonly Known[] },
): Values {
  if (type === 'grid') return gridValues(space, trial)
  if (type === 'bayesian') return tpeValues(space, known, { seed, trial })
  if (rule === 'sobol') return drawAll(space, (dimension) => sobolNumber(seed, trial, dimension), base)
  return randomValues(space, { seed, trial, base })
}
