/** What concerns the account as a whole: its settings, its second region, keys for signatures by a person's own token. */
import { fail } from '@lazurite/spec'
import { ownerId, tenantId } from '../../signer.ts'
import { type BlobCall, readSmallBody } from './call.ts'
import { delegatedKey } from './sas.ts'
import { accountKey } from './shared-key.ts'
import { element, parseXml, textElement, xmlDocument } from './xml.ts'

const longestKeyMs = 7 * 24 * 3600 * 1000
const keyVersion = '2021-12-02'

/** Get Account Information. */
export async function getAccount(call: BlobCall): Promise<void> {
  call.reply
    .header('x-ms-sku-name', 'Standard_LRS')
    .header('x-ms-account-kind', 'StorageV2')
    .header('x-ms-is-hns-enabled', 'false')
    .send()
}

/** Get Service Properties: everything there is to switch on is off. */
export async function getServiceProperties(call: BlobCall): Promise<void> {
  const off = (name: string) => textElement(name, 'false')
  const retention = element('RetentionPolicy', [off('Enabled')])
  const metrics = [textElement('Version', '1.0'), off('Enabled'), retention]
  const root = element('StorageServiceProperties', [
    element('Logging', [textElement('Version', '1.0'), off('Delete'), off('Read'), off('Write'), retention]),
    element('HourMetrics', metrics),
    element('MinuteMetrics', metrics),
    element('Cors', []),
    element('DeleteRetentionPolicy', [off('Enabled')]),
    element('StaticWebsite', [off('Enabled')]),
  ])
  call.reply.type('application/xml').send(xmlDocument(root))
}

/** Get Service Stats: there is no second region. */
export async function getServiceStats(call: BlobCall): Promise<void> {
  const replication = element('GeoReplication', [textElement('Status', 'unavailable'), textElement('LastSyncTime', '')])
  call.reply.type('application/xml').send(xmlDocument(element('StorageServiceStats', [replication])))
}

/** Get User Delegation Key: for the owner's own token, at most a week. */
export async function getDelegationKey(call: BlobCall): Promise<void> {
  if (call.request.caller.kind !== 'owner') fail('PermissionMismatch', { what: 'get a user delegation key' })
  const root = parseXml((await readSmallBody(call, 16 * 1024)).toString('utf8'))
  const read = (name: string) => root.children.find((child) => child.name === name)?.text ?? ''
  const now = call.deps.store.clock.now()
  const start = Date.parse(read('Start') || new Date(now).toISOString())
  const expiry = Date.parse(read('Expiry'))
  if (root.name !== 'KeyInfo' || !(start < expiry) || !(expiry > now)) {
    fail('InvalidXmlDocument', { what: 'a <KeyInfo> has a <Start> and an <Expiry> after it and after now' })
  }
  if (expiry - Math.max(start, now) > longestKeyMs)
    fail('InvalidXmlDocument', { what: 'the <Expiry> is at most a week off' })
  const seconds = (at: number) => new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z')
  const made = {
    ...{ oid: ownerId, tid: tenantId, start: seconds(start), expiry: seconds(expiry) },
    ...{ service: 'b', version: keyVersion },
  }
  const key = delegatedKey(accountKey(call.deps.store.secrets.key(), call.account), made)
  const answer = element('UserDelegationKey', [
    textElement('SignedOid', made.oid),
    textElement('SignedTid', made.tid),
    textElement('SignedStart', made.start),
    textElement('SignedExpiry', made.expiry),
    textElement('SignedService', made.service),
    textElement('SignedVersion', made.version),
    textElement('Value', key.toString('base64')),
  ])
  call.reply.type('application/xml').send(xmlDocument(answer))
}
