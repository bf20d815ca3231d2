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

const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'] as const

export function makeAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'inlet-ca-'))
  const text = (name: string): string => readFileSync(join(folder, name), 'utf8')
  const openssl = (words: string) =>
    execFileSync('openssl', words.split(' '), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  openssl(`req -x509 ${ec.join(' ')} -keyout ca.key -out ca.pem -days 2 -subj /CN=inlet-test-authority`)
  return {
    ca: text('ca.pem'),
    issue(...names) {
      writeFileSync(join(folder, 'names'), `subjectAltName=${names.join(',')}\n`)
      openssl(`req ${ec.join(' ')} -keyout leaf.key -out leaf.csr -subj /CN=leaf`)
      openssl('x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out leaf.pem -days 2 -extfile names')
      return { key: text('leaf.key'), cert: text('leaf.pem') }
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}
