'use strict';

// What the pages share: requests, errors, steps, and signing in.

const api = '/api/v1';
const part = (id) => document.getElementById(id);

let csrfToken = null;

function showError(text) {
  part('error').textContent = text || '';
  part('error').hidden = !text;
}

function showStep(name) {
  for (const step of document.querySelectorAll('section')) step.hidden = step.id !== 'step-' + name;
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

// The session that this browser has; null: none.
async function ownSession() {
  const session = await call('GET', '/session');
  if (session.status === 200) {
    csrfToken = session.body.csrf_token;
    return session.body;
  }
  if (session.status !== 401) showError(detailOf(session));
  return null;
}

// `back`: where a provider of sign-in sends people when they are signed in.
async function askToSignIn(back) {
  const methods = await call('GET', '/sign-in-methods');
  const provider = methods.status === 200 ? methods.body.single_sign_on : null;
  if (provider) {
    const link = part('single-sign-on-link');
    link.href = provider.url + '?return_to=' + encodeURIComponent(back);
    link.textContent = 'Sign in with ' + provider.name;
    part('single-sign-on').hidden = false;
  }
  showStep('sign-in');
  part('email').focus();
}

// `then` is given the session.
async function signIn(then) {
  const credentials = { email: part('email').value, password: part('password').value };
  if (part('organisation').value) credentials.organisation = part('organisation').value;
  if (!part('code-row').hidden) credentials.totp = part('totp').value;
  const answer = await call('POST', '/session', credentials);
  if (answer.status === 201) {
    csrfToken = answer.body.csrf_token;
    return then(answer.body);
  }
  if (isProblem(answer, 'second-factor-required')) {
    part('code-row').hidden = false;
    part('totp').required = true;
    part('totp').focus();
    return;
  }
  showError(detailOf(answer));
  part(part('code-row').hidden ? 'password' : 'totp').focus();
}
