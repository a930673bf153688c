'use strict';

// The page on which somebody approves a device: sign in if need be, type the code, look at what asks, decide.

const api = '/api/v1';
const scopeTexts = {
  read: 'see everything that you see, but activation keys',
  keys: 'read and renew activation keys',
  write: 'change cache nodes, resources and IP space',
  manage: 'change organisations, members and your account',
  admin: 'administer this portal',
};
const steps = ['wait', 'sign-in', 'code', 'decide', 'done'];
const part = (id) => document.getElementById(id);

let csrfToken = null;
let userEmail = '';
let userCode = new URLSearchParams(location.search).get('user_code') || '';

function showError(text) {
  part('error').textContent = text || '';
  part('error').hidden = !text;
}

function showStep(name) {
  for (const step of steps) part('step-' + step).hidden = step !== name;
  const title = part('step-' + name).querySelector('h1');
  if (title) title.focus();
}

async function call(method, path, body) {
  const headers = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && csrfToken) headers['X-CSRF-Token'] = csrfToken;
  const options = { method, headers, credentials: 'same-origin' };
  if (body !== undefined) options.body = JSON.stringify(body);
  let response;
  try {
    response = await fetch(api + path, options);
  } catch (failure) {
    return { status: 0, body: { type: '', detail: 'The portal does not answer. Try again.' } };
  }
  const text = await response.text();
  let parsed = {};
  try {
    parsed = text ? JSON.parse(text) : {};
  } catch (failure) {
    parsed = { detail: 'The portal gave an answer that is no JSON.' };
  }
  return { status: response.status, body: parsed };
}

function detailOf(answer) {
  const detail = answer.body.detail || answer.body.title || 'Something went wrong.';
  return detail.charAt(0).toUpperCase() + detail.slice(1) + (detail.endsWith('.') ? '' : '.');
}

function isProblem(answer, name) {
  return answer.body.type === 'urn:larder:problem:' + name;
}

async function busy(form, work) {
  const buttons = form.querySelectorAll('button');
  for (const button of buttons) button.disabled = true;
  showError('');
  try {
    await work();
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

function signedIn(session) {
  csrfToken = session.csrf_token;
  userEmail = session.user.email;
  part('user-code').value = userCode;
  showStep('code');
  if (userCode) part('code-form').requestSubmit();
  else part('user-code').focus();
}

async function askToSignIn() {
  const methods = await call('GET', '/sign-in-methods');
  const provider = methods.status === 200 ? methods.body.single_sign_on : null;
  if (provider) {
    const link = part('single-sign-on-link');
    const back = '/device' + (userCode ? '?user_code=' + encodeURIComponent(userCode) : '');
    link.href = provider.url + '?return_to=' + encodeURIComponent(back);
    link.textContent = 'Sign in with ' + provider.name;
    part('single-sign-on').hidden = false;
  }
  showStep('sign-in');
  part('email').focus();
}

async function signIn() {
  const credentials = { email: part('email').value, password: part('password').value };
  if (part('organisation').value) credentials.organisation = part('organisation').value;
  if (!part('code-row').hidden) credentials.totp = part('totp').value;
  const answer = await call('POST', '/session', credentials);
  if (answer.status === 201) return signedIn(answer.body);
  if (isProblem(answer, 'second-factor-required')) {
    part('code-row').hidden = false;
    part('totp').required = true;
    part('totp').focus();
    return;
  }
  showError(detailOf(answer));
  part(part('code-row').hidden ? 'password' : 'totp').focus();
}

async function lookUp() {
  userCode = part('user-code').value.trim();
  const answer = await call('GET', '/device-codes/' + encodeURIComponent(userCode));
  if (answer.status === 401) return askToSignIn();
  if (answer.status !== 200) {
    showError(detailOf(answer));
    part('user-code').focus();
    return;
  }
  part('shown-code').textContent = answer.body.user_code;
  part('shown-client').textContent = answer.body.client;
  part('shown-address').textContent = answer.body.address;
  part('shown-user').textContent = userEmail;
  const list = part('shown-scopes');
  list.replaceChildren();
  for (const scope of answer.body.scopes) {
    const item = document.createElement('li');
    item.textContent = scopeTexts[scope] || scope;
    list.append(item);
  }
  showStep('decide');
}

async function decide(decision) {
  const answer = await call('POST', '/device-codes/' + encodeURIComponent(userCode), { decision });
  if (answer.status !== 204) return showError(detailOf(answer));
  part('done-title').textContent = decision === 'approve' ? 'The device is signed in' : 'Denied';
  part('done-text').textContent = decision === 'approve'
    ? 'You can close this page and go back to the device.'
    : 'The device was not signed in. If you did not start this, nothing more is to be done.';
  showStep('done');
}

async function start() {
  part('sign-in-form').addEventListener('submit', (event) => {
    event.preventDefault();
    busy(part('step-sign-in'), signIn);
  });
  part('code-form').addEventListener('submit', (event) => {
    event.preventDefault();
    busy(part('step-code'), lookUp);
  });
  part('approve').addEventListener('click', () => busy(part('step-decide'), () => decide('approve')));
  part('deny').addEventListener('click', () => busy(part('step-decide'), () => decide('deny')));
  const session = await call('GET', '/session');
  if (session.status === 200) signedIn(session.body);
  else if (session.status === 401) await askToSignIn();
  else showError(detailOf(session));
}

start();
