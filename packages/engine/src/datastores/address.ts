/**
 * Which addresses a server may call on a user's word. What it may not reach: itself, its network, and the services that
 * hand out a machine's credentials. The address is checked after the name was looked up, and the connection goes to the
 * very address that was checked.
 */
import { type LookupAddress, lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

const inner = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Azure's own wire server: credentials of the machine
  ['168.63.129.16', 32],
] as const) {
  inner.addSubnet(net, bits, 'ipv4')
}
for (const [net, bits] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  inner.addSubnet(net, bits, 'ipv6')
}

/** True for an address on the public internet. */
export function isPublicAddress(address: string): boolean {
  const mapped = /^::(?:ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? mappedFromHex(address)
  const plain = mapped ?? address
  const family = isIP(plain)
  return family !== 0 && !inner.check(plain, family === 4 ? 'ipv4' : 'ipv6')
}

/** `::ffff:7f00:1` → `127.0.0.1` */
function mappedFromHex(address: string): string | undefined {
  const [, high, low] = /^(?:::ffff:|(?:0{1,4}:){5}ffff:)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address) ?? []
  if (high === undefined || low === undefined) return undefined
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return `${a >> 8}.${a & 255}.${b >> 8}.${b & 255}`
}

export type Resolve = (host: string, done: (error: Error | null, found: LookupAddress[]) => void) => void

const askSystem: Resolve = (host, done) => lookup(host, { all: true, verbatim: true }, done)

class InnerAddress extends Error {
  readonly code = 'EINNER'
}

/** A `lookup` for sockets that refuses names with any inner address, and answers only what it checked. */
export function guardedLookup(resolve: Resolve = askSystem): LookupFunction {
  return (host, options, done) => {
    resolve(host, (error, found) => {
      if (error !== null) return done(error, '', 0)
      const bad = found.find(({ address }) => !isPublicAddress(address))
      if (bad !== undefined || found.length === 0) {
        return done(
          new InnerAddress(`${host} is ${bad?.address ?? 'nowhere'}, which is not on the public internet`),
          '',
          0,
        )
      }
      if (options.all === true) return done(null, found)
      const [first] = found
      return done(null, first?.address ?? '', first?.family ?? 0)
    })
  }
}
