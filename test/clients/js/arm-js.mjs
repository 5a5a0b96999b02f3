// Every operation of the official client for JavaScript, called against a started server. The operations are found by
// looking at the client object, so one that the plan forgets is told. Prints one JSON list of verdicts.

import machinelearning from '@azure/arm-machinelearning'
import { DefaultAzureCredential } from '@azure/identity'
import { differencesOf, problemsOf } from './arm-js-models.mjs'
import { makePlan } from './arm-js-plan.mjs'

const facts = JSON.parse(await readAll(process.stdin))
const { AzureMachineLearningWorkspaces } = machinelearning
const credential = new DefaultAzureCredential()
const client = new AzureMachineLearningWorkspaces(credential, facts.subscription, { endpoint: facts.url })

/** Operations by group, as the client has them: what is public of every object whose class is a group of operations. */
function operationsOf(of) {
  const groups = Object.entries(of).filter(([, group]) => /Impl$/.test(group?.constructor?.name ?? ''))
  return groups.map(([name, group]) => {
    const all = Object.getOwnPropertyNames(Object.getPrototypeOf(group))
    return [name, all.filter((word) => word !== 'constructor' && !/^_|Paging(?:Page|All)$/.test(word))]
  })
}

/** What the last call's answers did not hold. */
let problems = []
const send = client.sendOperationRequest.bind(client)
client.sendOperationRequest = (args, spec) => {
  const options = args.options ?? {}
  const onResponse = (raw, flat, error) => {
    if (error === undefined) problems.push(...problemsOfAnswer(raw, spec))
    options.onResponse?.(raw, flat, error)
  }
  return send({ ...args, options: { ...options, onResponse } }, spec)
}

function problemsOfAnswer(raw, spec) {
  const expected = spec.responses[raw.status]
  if (expected === undefined) return [`status ${raw.status} is not one of ${Object.keys(spec.responses)}`]
  if (expected.bodyMapper === undefined) return []
  // an operation that is polled answers with its state, not with the resource
  if (raw.status === 202 || /operation(?:results|sstatus)/i.test(raw.request.url)) return []
  if (!raw.bodyAsText) return raw.status === 204 ? [] : [`status ${raw.status} came without a body`]
  return problemsOf(expected.bodyMapper, JSON.parse(raw.bodyAsText), spec.serializer.modelMappers)
}

async function callOnce({ group, operation, args, sent, gone }) {
  problems = []
  try {
    const given = await client[group][operation](...args, { updateIntervalInMs: 20 })
    const result = await finish(given)
    const differences = sent === undefined ? [] : differencesOf(sent, result)
    const left = gone === undefined ? [] : await whatIsLeft(group, gone)
    const all = [...problems, ...differences, ...left]
    return all.length === 0 ? { verdict: 'works' } : { verdict: 'differs', reason: [...new Set(all)].join('; ') }
  } catch (error) {
    if (error.code === 'NotSupported' && error.statusCode === 400)
      return { verdict: 'refused by name', reason: String(error.details?.error?.message ?? error.message) }
    return { verdict: 'differs', reason: `${error.statusCode ?? ''} ${error.code ?? ''} ${error.message}`.trim() }
  }
}

/** Reads a paged list to its end, and polls what is polled; then what came of it. */
async function finish(given) {
  if (typeof given?.byPage === 'function') {
    const items = []
    for await (const item of given) items.push(item)
    return items
  }
  return typeof given?.pollUntilDone === 'function' ? given.pollUntilDone() : given
}

async function whatIsLeft(group, args) {
  const found = await client[group].get(...args).catch((error) => error)
  return found.statusCode === 404 ? [] : ['it is still there after it was deleted']
}

async function readAll(stream) {
  let text = ''
  for await (const part of stream) text += part
  return text
}

const plan = makePlan(client, {
  ...facts,
  token: async () => (await credential.getToken(`${facts.url}/.default`)).token,
})
const verdicts = new Map()
for (const step of plan) {
  if (typeof step === 'function') await step()
  else verdicts.set(`${step.group}.${step.operation}`, await callOnce(step))
}
const missing = { verdict: 'differs', reason: 'the plan does not call it' }
const rows = operationsOf(client).flatMap(([group, operations]) =>
  operations.map((operation) => ({ group, operation, ...(verdicts.get(`${group}.${operation}`) ?? missing) })),
)
console.log(JSON.stringify(rows))
