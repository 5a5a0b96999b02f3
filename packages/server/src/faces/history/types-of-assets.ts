/** What run history calls the types of outputs. The official client changed the spelling it compares with in 1.35. */
const words: Record<string, string> = {
  uri_file: 'UriFile',
  uri_folder: 'UriFolder',
  mltable: 'MLTable',
  custom_model: 'CustomModel',
  mlflow_model: 'MLFlowModel',
  triton_model: 'TritonModel',
}
const plainFromMinor = 35

export function typeWord(type: string, userAgent: string | undefined): string {
  const word = Object.hasOwn(words, type) ? words[type] : undefined
  if (word === undefined || (!type.endsWith('_model') && readsPlainTypes(userAgent))) return type
  return word
}

function readsPlainTypes(userAgent: string | undefined): boolean {
  const version = /azure-ai-ml\/(\d+)\.(\d+)/i.exec(userAgent ?? '')
  if (!version) return false
  const [major, minor] = [Number(version[1]), Number(version[2])]
  return major > 1 || (major === 1 && minor >= plainFromMinor)
}
