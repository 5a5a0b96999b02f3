/**
 * Makes the two certificates of a home: an authority of its own and a leaf for this machine's names. The one file that
 * loads the library for it, and only when something has to be made: a start with good certificates never comes here.
 */
import { randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'

/** A certificate and its private key, both PEM. */
export interface Pair {
  cert: string
  key: string
}

/** From and until when, epoch milliseconds. */
export interface Validity {
  from: number
  until: number
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** Loads the library. It wants `Reflect.metadata` to be there before it is. */
async function load(): Promise<typeof import('@peculiar/x509')> {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

/** Positive and never twice, as RFC 5280 wants it: 16 random bytes whose first bit is 0. */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0)
  return bytes.toString('hex')
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const base64 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${base64.replace(/(.{64})/g, '$1\n').trimEnd()}\n-----END PRIVATE KEY-----\n`
}

function keyBytes(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
}

/** A root that may sign leaves and nothing else: no authority below it (path length 0). */
export async function issueAuthority(validity: Validity): Promise<Pair> {
  const x509 = await load()
  const keys = await makeKeys()
  // two homes have two authorities: told apart by name in the list of a browser, too
  const name = `CN=Lazurite local authority ${randomBytes(4).toString('hex')}, O=Lazurite`
  const usage = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign
  const made = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(),
      name,
      notBefore: new Date(validity.from),
      notAfter: new Date(validity.until),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(usage, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return { cert: `${made.toString('pem')}\n`, key: await keyPem(keys.privateKey) }
}

/** A server certificate for names and addresses, signed by the authority. */
export async function issueLeaf(authority: Pair, names: readonly string[], validity: Validity): Promise<Pair> {
  const x509 = await load()
  const parent = new x509.X509Certificate(authority.cert)
  const signingKey = await webcrypto.subtle.importKey('pkcs8', keyBytes(authority.key), algorithm, false, ['sign'])
  const keys = await makeKeys()
  const alternative = names.map((name) => ({ type: isIP(name) ? ('ip' as const) : ('dns' as const), value: name }))
  const made = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(),
      subject: 'CN=localhost, O=Lazurite',
      issuer: parent.subjectName.toJSON(),
      notBefore: new Date(validity.from),
      notAfter: new Date(validity.until),
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(alternative),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        await x509.AuthorityKeyIdentifierExtension.create(parent.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return { cert: `${made.toString('pem')}\n`, key: await keyPem(keys.privateKey) }
}
