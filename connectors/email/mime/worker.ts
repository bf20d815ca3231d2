// The thread that reads mails, one at a time: it holds no secrets and may be ended at any moment (S33).
import { parentPort } from 'node:worker_threads'
import { messageOf } from '../../../core/errors.ts'
import { parseMail } from './parse.ts'

parentPort?.on('message', ({ id, bytes }: { readonly id: number; readonly bytes: Uint8Array }) => {
  parseMail(bytes).then(
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
    (mail) =>
      parentPort?.postMessage({ id, mail }, [...new Set(mail.files.map((it) => it.bytes.buffer as ArrayBuffer))]),
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the same
    (error: unknown) => parentPort?.postMessage({ id, why: messageOf(error) }),
  )
})
