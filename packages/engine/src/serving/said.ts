/** What the log of a replica says about why it does not get ready: the likely cause, and its last lines. */
import { likelyCause } from '../jobs/causes.ts'
import { tailOf } from './folder.ts'

const readLines = 2_000
const quotedLines = 10

/** The inference server raises one of its own from what the script raised; that says nothing more. */
const wrapped =
  /\n\s*The above exception was the direct cause of the following exception:(?=(?:(?!\n\s*The above exception)[\s\S])*azureml_inference_server_http\.server\.user_script\.\w+: )[\s\S]*$/

/** What follows a sentence that has no full stop yet: further ones, and lines; '' for a log that is empty or not there. */
export function whatItSaid(file: string): string {
  const text = tailOf(file, readLines).trimEnd()
  if (text === '') return ''
  const own = text.replace(wrapped, '')
  const cause = likelyCause({ message: '' }, own)
  const where = cause?.where?.replace(/^.*\/revision-[0-9a-f]{12}\/code\//, '')
  const why = cause ? ` ${cause.what}${where ? ` (${where})` : ''} ${cause.hint}` : ''
  return `.${why} It said last:\n${own.split('\n').slice(-quotedLines).join('\n')}`
}
