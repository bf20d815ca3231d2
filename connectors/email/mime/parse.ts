// One mail from bytes to plain data: limits first, then labels put right, then the library, then what we make of it.
import { createHash } from 'node:crypto'
import addressparser from 'nodemailer/lib/addressparser'
import { cleanFileName } from '../../../core/rules/file-name.ts'
import { bodyOf } from './body.ts'
import { invitationsIn, isCalendar } from './calendar.ts'
import { charsetOf, decoded, isUtf8 } from './charset.ts'
import { allOf, firstOf, headerBlock, parameter, type RawHeader } from './headers.ts'
import { lift } from './lift.ts'
import { limits } from './limits.ts'
import type { Address, Mail } from './mail.ts'
import { withAllPieces } from './pieces.ts'
import { plainTree } from './plain.ts'
import { fallbackCharset, repaired, textBytes, withLineEnds, withoutLead } from './repair.ts'
import { structureOf, type Leaf, type Structure } from './structure.ts'
import { treeOf, type Tree } from './tree.ts'
import { unpacked } from './unpack.ts'
import { headerText, oneLine, repairedWords, shown } from './words.ts'

/** Rejects with `TooMuch`, or what the library says. */
export async function parseMail(given: Uint8Array): Promise<Mail> {
  const bytes = withLineEnds(withoutLead(given))
  const structure = structureOf(bytes)
  const fallback = fallbackCharset(bytes, structure)
  const read = await treeIn(bytes, structure, fallback)
  const isWhole = structure.leaves.some(isInline)
  const pieces = isWhole ? read : await withAllPieces(read, { bytes, leaves: structure.leaves }, partIn)
  const { tree, isSigned, isEncrypted } = await unpacked(pieces, partIn)
  const { headers } = structure
  const people = (name: string) => addressesIn(firstOf(headers, name), fallback)
  const { pgp, anomalies, ...body } = bodyOf(tree, isWhole)
  return {
    // All of them, and whole: the nearest of many references stands last.
    headers: headers.map(({ name, value }) => [name, oneLine(headerText(value, fallback))] as const),
    from: people('from'),
    replyTo: people('reply-to'),
    to: people('to'),
    cc: people('cc'),
    subject: shown(headerText(firstOf(headers, 'subject') ?? '', fallback), limits.subjectUnits),
    type: structure.type,
    ...body,
    files: filesOf(tree, body.cids),
    reports: reportsOf(tree),
    enclosed: enclosedIn(bytes, structure.leaves),
    certified: certifiedIn(bytes, structure.leaves),
    state: {
      ...body.state,
      encrypted:
        structure.multiparts.includes('multipart/encrypted') || pgp.isEncrypted ? 'pgp' : isEncrypted ? 'smime' : null,
      signed: structure.multiparts.includes('multipart/signed') || isSigned || pgp.isSigned,
    },
    invitations: invitationsOf(tree),
    left: tree.left.slice(0, 400).map((it) => cleanFileName(it, 'file')),
    // Of what came, not of what was found in it: it stays the same mail when more can be unpacked one day.
    digest: digestOf(read),
    anomalies: [...anomaliesOf(headers), ...anomalies],
  }
}

function partIn(part: Uint8Array): Promise<Tree> {
  const bytes = withLineEnds(part)
  const structure = structureOf(bytes)
  return treeIn(bytes, structure, fallbackCharset(bytes, structure))
}
async function treeIn(bytes: Uint8Array, structure: Structure, fallback: string | null): Promise<Tree> {
  const plain = plainTree(bytes, structure)
  if (plain !== null) return plain
  const lifted = lift(bytes, structure.leaves)
  const tree = await treeOf(repaired(bytes, structure, { fallback, lifted }))
  return { ...tree, files: lifted.putBack(tree.files) }
}

/** The library puts mails that are not marked as attachments into the text (certified mail, RFC 6109, comes so). */
const isInline = ({ type, headers }: Leaf): boolean =>
  type === 'message/rfc822' && /^\s*inline\b/i.test(firstOf(headers, 'content-disposition') ?? '')

const reportsOf = (tree: Tree): Mail['reports'] =>
  tree.files
    .filter((it) => isReport(it.type))
    .map(({ type, bytes }) => {
      const held = bytes.subarray(0, limits.reportBytes)
      // Of addresses in other letters it is in UTF-8 (RFC 6533); what the limit cuts through does not count.
      return { type, text: isUtf8(bytes) ? decoded(held, 'utf-8') : held.toString('latin1') }
    })

const invitationsOf = (tree: Tree): Mail['invitations'] =>
  invitationsIn(tree.files.filter(isCalendar).map((it) => decoded(it.bytes, charsetOf(it.bytes, null))))

const isReport = (type: string): boolean =>
  /^message\/(?:global-)?(?:delivery-status|disposition-notification|feedback-report)$/.test(type)

/** Groups are flattened; what has no `@` is a name. */
function addressesIn(value: string | null, fallback: string | null): readonly Address[] {
  if (value === null) return []
  const flat = addressparser(repairedWords(value, fallback), { flatten: true }) as readonly {
    name: string
    address: string
  }[]
  return flat.slice(0, limits.addresses).map(({ name, address }) => {
    const bare = address.trim()
    const isAddress = /^[^\s@<>]+@[^\s@<>]+$/.test(bare) && bare.length <= 320
    return {
      name: shown(headerText(Buffer.from(isAddress ? name : name || bare, 'utf8').toString('latin1'), null), 200),
      address: isAddress ? bare : null,
    }
  })
}

function filesOf(tree: Tree, cids: readonly string[]): Mail['files'] {
  const inHtml = new Set(cids.map((it) => unescaped(it).toLowerCase()))
  return tree.files
    .filter((it) => !isReport(it.type))
    .map((it, n) => ({
      name: cleanFileName(
        it.name === null ? undefined : it.name,
        it.type === 'message/rfc822' ? `message-${n + 1}.eml` : `file-${n + 1}`,
      ),
      type: /^[\w.+-]+\/[\w.+-]+$/.test(it.type) ? it.type : 'application/octet-stream',
      bytes: new Uint8Array(it.bytes),
      cid: it.cid,
      shown: it.cid !== null && inHtml.has(it.cid.toLowerCase()),
    }))
}
function unescaped(cid: string): string {
  try {
    return decodeURIComponent(cid)
  } catch {
    return cid
  }
}

/** The header of the mail a report or forward holds, as its facts. */
function enclosedIn(bytes: Uint8Array, leaves: readonly Leaf[]): Mail['enclosed'] {
  const leaf = leaves.find((it) => it.type === 'message/rfc822' || it.type === 'text/rfc822-headers')
  if (leaf === undefined) return []
  const held = textBytes(bytes, leaf).subarray(0, limits.headerBytes)
  const { headers } = headerBlock(held, 0, held.length)
  return headers
    .slice(0, 100)
    .map(({ name, value }) => [name, oneLine(headerText(value, null).slice(0, 2_000))] as const)
}

function certifiedIn(bytes: Uint8Array, leaves: readonly Leaf[]): Mail['certified'] {
  const leaf = leaves.find(
    ({ type, headers }) =>
      type === 'message/rfc822' &&
      ['content-disposition', 'content-type'].some((it) => /\bpostacert\.eml\b/i.test(firstOf(headers, it) ?? '')),
  )
  return leaf === undefined ? null : new Uint8Array(textBytes(bytes, leaf, bytes.length))
}

const sha = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')
const digestOf = ({ text, html, files }: Tree): string =>
  sha([sha(text), sha(html), ...files.map((it) => sha(it.bytes))].toSorted().join(' '))

function anomaliesOf(headers: readonly RawHeader[]): readonly string[] {
  const twice = ['from', 'subject', 'date', 'message-id', 'in-reply-to'].filter((it) => allOf(headers, it).length > 1)
  const charset = parameter(firstOf(headers, 'content-type'), 'charset')
  return [...twice.map((it) => `duplicate-header:${it}`), ...(charset === '' ? ['charset'] : [])]
}
