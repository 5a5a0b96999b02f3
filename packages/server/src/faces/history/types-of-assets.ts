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
  const official = /\bazure-ai-ml\//i.test(userAgent ?? '')
  // its question about the place of models raises in newer releases before it is asked; the one about data works in all
  const plain = official && type.endsWith('_model') ? 'uri_folder' : type
  const word = Object.hasOwn(words, plain) ? words[plain] : undefined
  return word === undefined || isNewerThan(userAgent, 1, 34) ? plain : word
}
