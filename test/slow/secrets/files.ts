// Credentials as files of the command line say them: whole ones, and ones that it must refuse without repeating them.
import type { Canaries } from './canaries.ts'

/** [command, name of the file, its text] */
export type Written = [string[], string, string]

const q = (text: string) => JSON.stringify(text)

export function filesOf(c: Canaries): Written[] {
  const s = (name: string) => q(c.make(`file ${name}`))
  const store = 'type: azure_blob\naccount_name: acct\ncontainer_name: c\n'
  const connection = (type: string, more: string): Written => [
    ['connection', 'create'],
    `${type}.yml`,
    `name: f-${type.replaceAll('_', '-')}\ntype: ${type}\n${more}`,
  ]
  const keyed = ['azure_ai_services', 'azure_ai_search', 'azure_content_safety', 'azure_speech_services', 'serverless']
  return [
    [['datastore', 'create'], 'key.yml', `name: f_key\n${store}credentials:\n  account_key: ${s('account key')}\n`],
    [['datastore', 'create'], 'sas.yml', `name: f_sas\n${store}credentials:\n  sas_token: ${s('sas')}\n`],
    connection('git', `target: https://git.test\ncredentials:\n  type: pat\n  pat: ${s('pat')}\n`),
    connection(
      'container_registry',
      `target: https://cr.test\ncredentials:\n  type: username_password\n  username: ann\n  password: ${s('password')}\n`,
    ),
    connection(
      's3',
      `target: https://s3.test\ncredentials:\n  type: access_key\n  access_key_id: A\n  secret_access_key: ${s('access')}\n`,
    ),
    connection('azure_open_ai', `azure_endpoint: https://ai.test\napi_key: ${s('open ai')}\n`),
    connection('api_key', `api_base: https://api.test\napi_key: ${s('api key')}\n`),
    connection('open_ai', `api_key: ${s('openai')}\n`),
    connection('serp', `api_key: ${s('serp')}\n`),
    ...keyed.map((type) => connection(type, `endpoint: https://${type}.test\napi_key: ${s(type)}\n`)),
  ]
}

export function brokenFilesOf(c: Canaries): Written[] {
  const s = (name: string) => q(c.make(`broken ${name}`))
  const git = 'name: broken\ntype: git\ntarget: https://git.test\n'
  const store = 'name: broken\ntype: azure_blob\naccount_name: acct\ncontainer_name: c\n'
  return [
    [['connection', 'create'], 'b1.yml', `${git}credentials: ${s('text')}\n`],
    [['connection', 'create'], 'b2.yml', `${git}credentials:\n  type: pat\n  pat: [${s('list')}]\n`],
    [['connection', 'create'], 'b3.yml', `${git}credentials:\n  type: pat\n  pat: ${s('indent')}\n bad: x\n`],
    [['connection', 'create'], 'b4.yml', `${git}credentials:\n  type: pat\n  pat: ${s('quote')} x\n`],
    [['connection', 'create'], 'b5.yml', `${git}credentials:\n  type: pat\n  password: ${s('other word')}\n`],
    [['connection', 'create'], 'b6.yml', `${git}pat: ${s('level')}\n`],
    [['connection', 'create'], 'b7.yml', `name: broken\ntype: serp\napi_key: [${s('key list')}]\n`],
    [['datastore', 'create'], 'b8.yml', `${store}credentials:\n  account_key:\n    a: ${s('key map')}\n`],
    [['datastore', 'create'], 'b9.yml', `${store}credentials: ${s('store text')}\n`],
    [['datastore', 'create'], 'b10.yml', `${store}credentials: [${s('store list')}]\n`],
    [['datastore', 'create'], 'b11.yml', `${store}account_key: ${s('store level')}\n`],
  ]
}
