// SPDX-License-Identifier: ISC
//
// mailauth.js DIRECTORY: mailauth behind the protocol of compare.py.

'use strict';

const fs = require('fs');
const path = require('path');
const { dkimSign } = require('mailauth/lib/dkim/sign');
const { dkimVerify } = require('mailauth/lib/dkim/verify');

const directory = process.argv[2];

async function resolver(name) {
	const found = /^([^./]+)\._domainkey\.example\.com\.?$/.exec(name);
	const file = found && path.join(directory, found[1] + '.txt');
	if (!file || !fs.existsSync(file)) {
		const error = new Error('no such name');
		error.code = 'ENOTFOUND';
		throw error;
	}
	return [[fs.readFileSync(file, 'latin1').trim()]];
}

async function verify(octets) {
	const { results } = await dkimVerify(octets, { resolver, minBitLength: 1024 });
	const status = results.length ? results[0].status : { result: 'none' };
	const word = /^(pass|none)$/.test(status.result) ? status.result : 'fail';
	return [word, status.comment || status.result];
}

async function sign(algorithm, canons, octets) {
	const { signatures, errors } = await dkimSign(octets, {
		canonicalization: canons,
		algorithm,
		signTime: new Date(),
		signatureData: [{
			signingDomain: 'example.com',
			selector: algorithm,
			privateKey: fs.readFileSync(path.join(directory, algorithm + '.pem'), 'latin1'),
			algorithm,
			canonicalization: canons,
		}],
	});
	if (errors && errors.length) {
		return ['refused', String(errors[0].err)];
	}
	const field = signatures.trim();
	return ['signed', field.slice(field.indexOf(':') + 1)];
}

async function answer(operation, octets) {
	const [what, algorithm, canons] = operation.split(':');
	try {
		return what === 'verify' ? await verify(octets) : await sign(algorithm, canons, octets);
	} catch (error) {
		return [what === 'verify' ? 'fail' : 'refused', String(error)];
	}
}

async function main() {
	let held = Buffer.alloc(0);
	for await (const chunk of process.stdin) {
		held = Buffer.concat([held, chunk]);
		for (;;) {
			const end = held.indexOf(10);
			if (end === -1) {
				break;
			}
			const [operation, length] = held.toString('latin1', 0, end).split(' ');
			const until = end + 1 + Number(length);
			if (held.length < until) {
				break;
			}
			const [result, text] = await answer(operation, held.subarray(end + 1, until));
			const octets = Buffer.from(text, 'latin1');
			process.stdout.write(Buffer.concat([Buffer.from(`${result} ${octets.length}\n`), octets]));
			held = held.subarray(until);
		}
	}
}

main();
