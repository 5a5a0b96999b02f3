/** What run history calls the types of outputs. The official client changed the spelling it compares with in 1.35. */
import { isNewerThan } from '../client-version.ts'

const words: Record<string, string> = {
  uri_file: 'UriFile',
  uri_folder: 'UriFolder',
  mltable: 'MLTable',
  custom_model: 'CustomModel',
  mlflow_model: 'MLFlowModel',
  triton_model: 'TritonModel',
}

export function typeWord(type: string, userAgent: string | undefined): string {
  const word = Object.hasOwn(words, type) ? words[type] : undefined
  if (word === undefined) return type
  if (!isNewerThan(userAgent, 1, 34)) return word
  // its question about the place of models raises before it is asked; the one about data gets the same answer
  return type.endsWith('_model') ? 'uri_folder' : type
}
