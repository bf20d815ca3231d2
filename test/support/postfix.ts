// A real Postfix for a test: takes mail from whoever Dovecot knows, by TLS, delivers into Dovecot's mailboxes, passes the rest on, and reports.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { postfix } from '../servers/postfix.server.ts'
import { makeAuthority } from './certificates.ts'
import type { Dovecot } from './dovecot.ts'

export interface Postfix {
  /** STARTTLS, and no log-in without it. */
  readonly port: number
  /** TLS from the first byte. */
  readonly tlsPort: number
  /** Vouches for Postfix and for the Dovecot behind it. */
  readonly caFile: string
  log(): string
  stop(): Promise<void>
}
export interface PostfixNeeds {
  readonly dovecot: Dovecot
  /** Of the mailboxes that lie in Dovecot. */
  readonly domain: string
  /** Whole addresses; what stands after a plus is theirs too. */
  readonly mailboxes: readonly string[]
  /** Where mail for everybody else is brought. */
  readonly passOnTo: number
  /** What is said at once about a recipient: `451 4.7.1 Greylisted`. */
  readonly says?: Readonly<Record<string, string>>
  readonly sizeLimit?: number
}
const owner = 65_534

export async function startPostfix(needs: PostfixNeeds): Promise<Postfix> {
  const program = postfix()
  if (program === null) throw new Error('Postfix is not here: run `npm run servers`')
  const root = mkdtempSync(join(tmpdir(), 'inlet-postfix-'))
  chmodSync(root, 0o755)
  const authority = makeAuthority()
  const { key, cert } = authority.issue('DNS:localhost', 'IP:127.0.0.1')
  writeFileSync(join(root, 'cert.pem'), `${key}${cert}`)
  writeFileSync(join(root, 'ca.pem'), `${authority.ca}${authorityOf(needs.dovecot)}`)
  authority.remove()
  for (const folder of ['config', 'queue', 'data']) mkdirSync(join(root, folder))
  chownSync(join(root, 'data'), numberOf('-u'), numberOf('-g'))
  const ports = { port: await freePort(), tlsPort: await freePort() }
  writeFileSync(join(root, 'config', 'main.cf'), mainConf(root, needs))
  writeFileSync(join(root, 'config', 'master.cf'), masterConf(ports))
  const child = spawn(program, ['-c', join(root, 'config'), 'start-fg'], { stdio: 'ignore' })
  const log = (): string => (existsSync(join(root, 'log')) ? readFileSync(join(root, 'log'), 'utf8') : '')
  await greets(ports.port, child, log)
  return {
    ...ports,
    caFile: join(root, 'ca.pem'),
    log,
    async stop() {
      const over = new Promise((done) => child.once('exit', done))
      execFileSync(program, ['-c', join(root, 'config'), 'stop'], { stdio: 'ignore' })
      await over
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** Of the user that its package makes. */
const numberOf = (which: '-u' | '-g'): number => Number(execFileSync('id', [which, 'postfix'], { encoding: 'utf8' }))
const authorityOf = ({ caFile }: Dovecot): string => readFileSync(caFile, 'utf8')

async function greets(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (let tries = 0; tries < 400 && child.exitCode === null; tries += 1) {
    if (await answers(port)) return
    await pause(25)
  }
  child.kill('SIGTERM')
  throw new Error(`Postfix did not start: ${log().slice(-2000)}`)
}
const answers = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.once('error', () => done(false))
    socket.once('data', () => (socket.end('QUIT\r\n'), done(true)))
    socket.setTimeout(2_000, () => (socket.destroy(), done(false)))
  })
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

const mainConf = (
  root: string,
  { dovecot, domain, mailboxes, passOnTo, says = {}, sizeLimit }: PostfixNeeds,
): string => `
compatibility_level = 3.6
queue_directory = ${root}/queue
data_directory = ${root}/data
maillog_file = ${root}/log
maillog_file_prefixes = ${root}
myhostname = mail.${domain}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
alias_maps =
local_recipient_maps =
default_transport = smtp:[127.0.0.1]:${passOnTo}
bounce_queue_lifetime = 1h
virtual_mailbox_domains = ${domain}
virtual_mailbox_base = ${dovecot.mailRoot}
virtual_mailbox_maps = inline:{ ${mailboxes.map((it) => `{ ${it} = ${it}/ }`).join(', ')} }
recipient_delimiter = +
virtual_uid_maps = static:${owner}
virtual_gid_maps = static:${owner}
message_size_limit = ${sizeLimit ?? 40_000_000}
virtual_mailbox_limit = 0
smtpd_tls_chain_files = ${root}/cert.pem
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = ${dovecot.authSocket}
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = ${spoken(says)}permit_sasl_authenticated, reject
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
`
/** An empty table it calls an error, and takes no mail. */
function spoken(says: NonNullable<PostfixNeeds['says']>): string {
  const lines = Object.entries(says).map(([who, what]) => `{ ${who} = ${what} }`)
  return lines.length === 0 ? '' : `check_recipient_access inline:{ ${lines.join(', ')} }, `
}
const masterConf = ({ port, tlsPort }: { readonly port: number; readonly tlsPort: number }): string => `
127.0.0.1:${port} inet n - n - - smtpd
127.0.0.1:${tlsPort} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`
