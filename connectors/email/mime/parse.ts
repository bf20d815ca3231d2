// One mail from bytes to plain data: limits first, then labels put right, then the library, then what we make of it.
import { createHash } from 'node:crypto'
import addressparser from 'nodemailer/lib/addressparser'
import { cleanFileName } from '../../../core/rules/file-name.ts'
import { cleanHtml } from '../html/clean.ts'
import { textOfHtml } from '../../../core/rules/html-text.ts'
import { cutQuoted } from '../quoted/cut.ts'
import { allOf, firstOf, headerBlock, parameter, type RawHeader } from './headers.ts'
import { lift } from './lift.ts'
import { limits } from './limits.ts'
import type { Address, Mail } from './mail.ts'
import { fallbackCharset, repaired, textBytes, withLineEnds } from './repair.ts'
import { structureOf, type Leaf } from './structure.ts'
import { isTnef, tnefIn } from './tnef.ts'
import { treeOf, type ReadFile, type Tree } from './tree.ts'
import { headerText, repairedWords, shown } from './words.ts'

/** Rejects with `TooMuch`, or what the library says. */
export async function parseMail(given: Uint8Array): Promise<Mail> {
  const bytes = withLineEnds(given)
  const structure = structureOf(bytes)
  const fallback = fallbackCharset(bytes, structure)
  const lifted = lift(bytes, structure.leaves)
  const read = await treeOf(repaired(bytes, structure, { fallback, lifted }))
  const tree = unpacked({ ...read, files: lifted.putBack(read.files) })
  const { headers } = structure
  const people = (name: string) => addressesIn(firstOf(headers, name), fallback)
  const body = bodyOf(tree)
  const machine = tree.files.filter((it) => isReport(it.type))
  return {
    headers: headers
      .slice(0, 300)
      .map(({ name, value }) => [name, headerText(value, fallback).slice(0, 8_000)] as const),
    from: people('from'),
    replyTo: people('reply-to'),
    to: people('to'),
    cc: people('cc'),
    subject: shown(headerText(firstOf(headers, 'subject') ?? '', fallback), limits.subjectUnits),
    type: structure.type,
    ...body,
    files: filesOf(tree, body.cids),
    reports: machine.map((it) => ({
      type: it.type,
      text: it.bytes.subarray(0, limits.reportBytes).toString('latin1'),
    })),
    enclosed: enclosedIn(bytes, structure.leaves),
    state: { ...body.state, ...protection(structure.multiparts, tree.files) },
    digest: digestOf(tree),
    anomalies: anomaliesOf(headers),
  }
}

/** A winmail.dat is shown as what is in it, and stays beside it. */
function unpacked(tree: Tree): Tree {
  const packed = tree.files.find((it) => isTnef(it.bytes))
  if (packed === undefined) return tree
  const { html, text, files } = tnefIn(packed.bytes)
  const more = files.map((it) => ({ ...it, cid: null, related: false }))
  return {
    ...tree,
    text: tree.text.trim() === '' ? (text ?? '') : tree.text,
    html: tree.html.trim() === '' ? (html ?? '') : tree.html,
    files: [...tree.files, ...more],
  }
}

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

function bodyOf(tree: Tree) {
  const clean = tree.html.trim() === '' ? null : cleanHtml(tree.html)
  const plain = tree.text.slice(0, limits.textUnits)
  const text =
    clean !== null && isStub(plain) ? textOfHtml(tree.html.slice(0, limits.textUnits)) || plain.trim() : plain.trim()
  const { visible, inlineReply } = cutQuoted(text)
  return {
    text,
    visible,
    html: clean?.html ?? null,
    cids: clean?.cids ?? [],
    state: { inlineReply, remoteImages: clean?.remoteImages ?? 0 },
  }
}

/** Ten letters are words; the first ten decide it, however long it is. */
function isStub(plain: string): boolean {
  const letter = /\p{L}/gu
  for (let found = 0; found < 10; found += 1) if (letter.exec(plain) === null) return true
  return false
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
  return headers.slice(0, 100).map(({ name, value }) => [name, headerText(value, null).slice(0, 2_000)] as const)
}

function protection(
  multiparts: readonly string[],
  files: readonly ReadFile[],
): Pick<Mail['state'], 'encrypted' | 'signed'> {
  const smime = files.some((it) => it.type === 'application/pkcs7-mime' || it.type === 'application/x-pkcs7-mime')
  return {
    encrypted: multiparts.includes('multipart/encrypted') ? 'pgp' : smime ? 'smime' : null,
    signed: multiparts.includes('multipart/signed'),
  }
}

const sha = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')
const digestOf = ({ text, html, files }: Tree): string =>
  sha([sha(text), sha(html), ...files.map((it) => sha(it.bytes))].toSorted().join(' '))

function anomaliesOf(headers: readonly RawHeader[]): readonly string[] {
  const twice = ['from', 'subject', 'date', 'message-id', 'in-reply-to'].filter((it) => allOf(headers, it).length > 1)
  const charset = parameter(firstOf(headers, 'content-type'), 'charset')
  return [...twice.map((it) => `duplicate-header:${it}`), ...(charset === '' ? ['charset'] : [])]
}
