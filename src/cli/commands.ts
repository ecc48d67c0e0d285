/** Every command by its name. */

import { call } from './call.ts'
import type { Command } from './command.ts'
import { doctor } from './doctor.ts'
import { relay } from './relay.ts'
import { transfers } from './transfers.ts'
import { watch } from './watch.ts'

export const COMMANDS: Readonly<Record<string, Command>> = { watch, transfers, call, relay, doctor }
