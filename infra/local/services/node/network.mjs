// Start the AT Protocol network of @atproto/dev-env (PLC, PDS, relay, AppView) without its mock content.
// usage: node network.mjs PLC_PORT PDS_PORT APPVIEW_PORT      run in the folder that has its node_modules
import net from 'node:net'
import { createRequire } from 'node:module'

// The servers of dev-env listen on all interfaces; on a shared machine, other machines must not reach them.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  if (typeof args[0] === 'number' && typeof args[1] !== 'string') args.splice(1, 0, '127.0.0.1')
  else if (typeof args[0] === 'object' && args[0].port !== undefined && !args[0].host) args[0] = { ...args[0], host: '127.0.0.1' }
  return listen.apply(this, args)
}

const [plc, pds, appview] = process.argv.slice(2).map(Number)
const require = createRequire(`${process.cwd()}/`)
const { TestNetwork, mockMailer } = await import(require.resolve('@atproto/dev-env'))
const network = await TestNetwork.create({
  plc: { port: plc },
  pds: { port: pds, hostname: 'localhost', enableDidDocWithSession: true },
  bsky: { port: appview, publicUrl: `http://localhost:${appview}` },
})
mockMailer(network.pds)
console.log('ready')
