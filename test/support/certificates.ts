// A certificate authority for tests, made on the spot with openssl: real TLS on loopback, nothing to install, nothing to expire.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Authority {
  readonly ca: string
  /** `names`: `DNS:media.vendor.test`, `IP:127.0.0.1`. */
  issue(...names: readonly string[]): { readonly key: string; readonly cert: string }
  remove(): void
}

export function makeAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'inlet-ca-'))
  const at = (name: string): string => join(folder, name)
  const openssl = (...words: readonly string[]) =>
    execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'] as const
  openssl(
    'req',
    '-x509',
    ...ec,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=Inlet test authority',
  )
  return {
    ca: readFileSync(at('ca.pem'), 'utf8'),
    issue(...names) {
      writeFileSync(at('names'), `subjectAltName=${names.join(',')}\n`)
      openssl('req', ...ec, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', '/CN=leaf')
      openssl(
        'x509',
        '-req',
        '-in',
        'leaf.csr',
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-out',
        'leaf.pem',
        '-days',
        '2',
        '-extfile',
        'names',
      )
      return { key: readFileSync(at('leaf.key'), 'utf8'), cert: readFileSync(at('leaf.pem'), 'utf8') }
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}
