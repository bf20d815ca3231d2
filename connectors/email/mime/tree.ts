// Runs the library over the mended bytes: text, HTML and files, nothing kept by it but those.
import { MailParser } from 'mailparser'
import { limits } from './limits.ts'

export interface ReadFile {
  readonly name: string | null
  readonly type: string
  readonly cid: string | null
  readonly related: boolean
  readonly bytes: Buffer
}
export interface Tree {
  readonly text: string
  readonly html: string
  readonly files: readonly ReadFile[]
  /** Names of those beyond the limit. */
  readonly left: readonly string[]
}

const options = {
  skipTextToHtml: true,
  skipTextLinks: true,
  skipImageLinks: true,
  keepCidLinks: true,
  keepDeliveryStatus: true,
  skipHtmlToText: true,
  checksumAlgo: 'sha256',
}

interface RawAttachment {
  readonly filename?: string
  readonly contentType?: string
  readonly cid?: string
  readonly related?: boolean
  readonly content: AsyncIterable<Buffer>
  release(): void
}

/** Rejects when the library cannot go on. */
export async function treeOf(bytes: Uint8Array): Promise<Tree> {
  const parser = new MailParser(options as never)
  const files: ReadFile[] = []
  const left: string[] = []
  let [text, html] = ['', '']
  parser.end(bytes)
  for await (const it of parser as AsyncIterable<{ readonly type: string } & Record<string, unknown>>) {
    if (it.type === 'attachment') {
      const file = await fileOf(it as unknown as RawAttachment)
      if (files.length < limits.files) files.push(file)
      else left.push(file.name ?? file.type)
    } else {
      text = typeof it['text'] === 'string' ? it['text'] : ''
      html = typeof it['html'] === 'string' ? it['html'] : ''
    }
  }
  return { text, html, files, left }
}

async function fileOf(it: RawAttachment): Promise<ReadFile> {
  const chunks: Buffer[] = []
  for await (const chunk of it.content) chunks.push(chunk)
  it.release()
  return {
    name: it.filename ?? null,
    type: it.contentType ?? 'application/octet-stream',
    cid: it.cid ?? null,
    related: it.related === true,
    bytes: Buffer.concat(chunks),
  }
}
