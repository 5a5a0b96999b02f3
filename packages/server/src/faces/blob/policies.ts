/** Stored access policies of a container: named spans of time and permissions that signatures may lean on. */
import { fail } from '@lazurite/spec'
import { element, parseXml, textElement, xmlDocument } from './xml.ts'

export interface StoredPolicy {
  id: string
  start: string
  expiry: string
  permissions: string
}

const mostPolicies = 5
const longestId = 64

/** As they are kept among the notes of a container. */
export function readPolicies(kept: string | undefined): StoredPolicy[] {
  return kept === undefined ? [] : (JSON.parse(kept) as StoredPolicy[]) // written by setContainerAcl
}

export function printPolicies(policies: readonly StoredPolicy[]): string {
  const all = policies.map(({ id, start, expiry, permissions }) =>
    element('SignedIdentifier', [
      textElement('Id', id),
      element('AccessPolicy', [
        textElement('Start', start || undefined),
        textElement('Expiry', expiry || undefined),
        textElement('Permission', permissions || undefined),
      ]),
    ]),
  )
  return xmlDocument(element('SignedIdentifiers', all))
}

/** Reads the body of Set Container ACL; an empty one takes all policies away. Raises InvalidXmlDocument. */
export function parsePolicies(document: string): StoredPolicy[] {
  if (document.trim() === '') return []
  const root = parseXml(document)
  if (root.name !== 'SignedIdentifiers') fail('InvalidXmlDocument', { what: 'the body is not <SignedIdentifiers>' })
  const policies = root.children.map((one) => {
    const policy = one.children.find((child) => child.name === 'AccessPolicy')
    const read = (name: string) => policy?.children.find((child) => child.name === name)?.text ?? ''
    const id = one.children.find((child) => child.name === 'Id')?.text ?? ''
    if (id === '' || id.length > longestId) fail('InvalidXmlDocument', { what: 'an <Id> is 1 to 64 characters' })
    return { id, start: read('Start'), expiry: read('Expiry'), permissions: read('Permission') }
  })
  if (policies.length > mostPolicies) fail('InvalidXmlDocument', { what: 'a container has at most 5 policies' })
  for (const { start, expiry } of policies) {
    for (const time of [start, expiry]) {
      if (time !== '' && Number.isNaN(Date.parse(time))) fail('InvalidXmlDocument', { what: `${time} is not a time` })
    }
  }
  return policies
}
