/** What MLflow allows as keys and values, with its own limits and sentences. Long values are cut, long keys refused. */
import { posix } from 'node:path'
import { refuse } from './args.ts'

const maxKey = 250
const maxParamValue = 6000
const maxTagValue = 8000
const maxExperimentTagValue = 5000
const maxRegistryTagValue = 100_000

type KeyOf = 'Metric name' | 'Param key' | 'Tag key'

/** Refuses keys that are too long, hold odd characters, or would be odd paths. */
export function checkKey(of: KeyOf, key: string): string {
  if (key.length > maxKey) refuse(`'${of}' exceeds the maximum length of ${maxKey} characters`)
  const shown = key.slice(0, 100)
  if (!/^[/\p{L}\p{M}\p{N}_.\- :]*$/u.test(key)) {
    refuse(
      `Invalid ${of.toLowerCase()}: '${shown}'. Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).`,
    )
  }
  const normal = posix.normalize(key)
  if (key !== normal || key === '.' || key.startsWith('..') || key.startsWith('/') || key.endsWith('/')) {
    refuse(
      `Invalid ${of.toLowerCase()}: '${shown}'. Names may be treated as files in certain cases, and must not resolve to other names when treated as such.`,
    )
  }
  return key
}

export function checkParams(params: Record<string, string>): Record<string, string> {
  return cut('Param key', params, maxParamValue)
}

export function checkTags(tags: Record<string, string>): Record<string, string> {
  return cut('Tag key', tags, maxTagValue)
}

function cut(of: KeyOf, words: Record<string, string>, most: number): Record<string, string> {
  return Object.fromEntries(Object.entries(words).map(([key, value]) => [checkKey(of, key), value.slice(0, most)]))
}

export function checkExperimentTags(tags: Record<string, string>): Record<string, string> {
  return bounded(tags, maxExperimentTagValue)
}

export function checkRegistryTags(tags: Record<string, string>): Record<string, string> {
  return bounded(tags, maxRegistryTagValue)
}

function bounded(tags: Record<string, string>, most: number): Record<string, string> {
  for (const [key, value] of Object.entries(tags)) {
    checkKey('Tag key', key)
    if (value.length > most) refuse(`'Tag value' exceeds the maximum length of ${most} characters`)
  }
  return tags
}

export function checkExperimentName(name: string): string {
  if (name.length > 500) refuse("'Experiment name' exceeds the maximum length of 500 characters")
  return name
}

/** What may be an input of a run says so in tags with limits of their own. */
export function checkInputTags(tags: Record<string, string>): Record<string, string> {
  for (const [key, value] of Object.entries(tags)) {
    if (key.length > 255) refuse("'Input tag key' exceeds the maximum length of 255 characters")
    if (value.length > 500) refuse("'Input tag value' exceeds the maximum length of 500 characters")
  }
  return tags
}

const maxModelName = 255

/**
 * Registered models may be named more freely here than assets elsewhere: words with spaces, any script. What could be
 * read as a path, an address or a pattern is refused.
 */
export function checkModelName(name: string): string {
  const shown = name.slice(0, 100)
  if (name.length > maxModelName) refuse(`'Model name' exceeds the maximum length of ${maxModelName} characters`)
  if (name.trim() === '') refuse('Registered model name cannot be empty.')
  if (!/^[\p{L}\p{N}][\p{L}\p{M}\p{N} _.()+,@&=~!-]*$/u.test(name) || name !== name.trim() || name.includes('..')) {
    refuse(
      `Invalid registered model name: '${shown}'. It begins with a letter or digit, and holds letters, digits, spaces and the marks _ . ( ) + , @ & = ~ ! - only.`,
    )
  }
  return name
}
