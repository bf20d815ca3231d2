// Fills the file system that a file lies on, to the last block.
import { closeSync, openSync, writeSync } from 'node:fs'

export function fillBy(file: string): void {
  const open = openSync(file, 'a')
  try {
    for (const size of [1024 ** 2, 4096])
      for (let isFull = false; !isFull;) {
        try {
          writeSync(open, Buffer.alloc(size))
        } catch {
          isFull = true
        }
      }
  } finally {
    closeSync(open)
  }
}
