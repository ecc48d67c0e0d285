/** Small files that are whole at every moment, whatever happens to the process or the machine. */

import { accessSync, constants, readFileSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FileError } from './exit-code.ts'

/** Undefined where there is none. @throws FileError */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (Reflect.get(Object(error), 'code') === 'ENOENT') return undefined
    throw fileError(path, 'read', error)
  }
}

/** Says at once what would be found out only when there is something to store. @throws FileError */
export function assertFolder(path: string): void {
  try {
    accessSync(dirname(path), constants.W_OK)
  } catch (error) {
    throw fileError(dirname(path), 'written to', error)
  }
}

/** The old text or the new one, never half of either. @throws FileError */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.tmp`
  try {
    const file = await open(draft, 'w')
    try {
      await file.writeFile(text)
      // Before the rename: some file systems would let the name arrive before the bytes.
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw fileError(path, 'written', error)
  }
}

/** Makes a new name survive a power cut. Windows does so by itself, and cannot open a folder. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

export function fileError(path: string, verb: string, error: unknown): FileError {
  const code = Reflect.get(Object(error), 'code')
  return new FileError(`${path} cannot be ${verb}: ${CODES[String(code)] ?? String(code ?? error)}.`, {
    cause: error,
  })
}

const CODES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full (ENOSPC)',
  EDQUOT: 'the quota is used up (EDQUOT)',
  EFBIG: 'it may not grow any larger (EFBIG)',
  EACCES: 'permission denied (EACCES)',
  EROFS: 'the file system is read-only (EROFS)',
  ENOENT: 'it, or its folder, does not exist (ENOENT)',
  EISDIR: 'it is a folder (EISDIR)',
}
