'use strict';

// What the link of an invitation leads to. Its token is behind the #, so that no server and no log sees it, and is kept
// for this tab only.

let token = location.hash.slice(1) || sessionStorage.getItem('invitation') || '';
let invitation = null;

const roleTexts = {
  owner: 'owner: everything, also who belongs to it',
  operator: 'operator: its cache nodes and IP space',
  viewer: 'viewer: sees everything, changes nothing',
};

function end(title, text) {
  part('done-title').textContent = title;
  part('done-text').textContent = text;
  showStep('done');
}

function showInvitation() {
  part('shown-organisation').textContent = invitation.organisation.name;
  part('shown-role').textContent = roleTexts[invitation.role] || invitation.role;
  part('shown-email').textContent = invitation.email;
  part('shown-until').textContent = new Date(invitation.expires_at).toLocaleString();
}

// What there is to do: with a session, or without.
function offer(session) {
  const isSigned = session !== null;
  const isOther = isSigned && session.user.email.toLowerCase() !== invitation.email.toLowerCase();
  const by = invitation.accept_by;
  part('account-form').hidden = isSigned || by === 'signing-in';
  part('have-account').hidden = isSigned || by !== 'either';
  part('accept').hidden = !isSigned || isOther;
  part('other-user').hidden = part('sign-out').hidden = !isOther;
  if (isOther) {
    part('other-user').textContent = 'You are signed in as ' + session.user.email + ', and the invitation is for ' +
      invitation.email + '. Sign out first.';
  }
  showStep('account');
}

async function accept(newcomer) {
  const answer = await call('POST', '/invitations/accept', { token, ...newcomer });
  if (answer.status !== 200) {
    const problems = (answer.body.errors || []).map((each) => each.detail).join('. ');
    return showError(problems || detailOf(answer));
  }
  sessionStorage.removeItem('invitation');
  const { user, organisation, role } = answer.body;
  end('Welcome to ' + organisation.name, 'You are ' + role + ' there.');
  const own = user.organisation ? ' --org "' + user.organisation.name + '"' : '';
  part('done-command').textContent = 'larder login ' + location.origin + ' --email ' + user.email + own;
  part('done-hint').hidden = part('done-command').hidden = false;
}

async function signOut() {
  const answer = await call('DELETE', '/session');
  if (answer.status !== 204) return showError(detailOf(answer));
  csrfToken = null;
  await next();
}

function goOnToSignIn() {
  part('email').value = invitation.email;
  return askToSignIn('/invitation');
}

async function next() {
  const session = await ownSession();
  if (!session && invitation.accept_by === 'signing-in') await goOnToSignIn();
  else offer(session);
}

async function start() {
  part('sign-in-form').addEventListener('submit', (event) => {
    event.preventDefault();
    busy(part('step-sign-in'), () => signIn(offer));
  });
  part('account-form').addEventListener('submit', (event) => {
    event.preventDefault();
    busy(part('step-account'), () => accept({ name: part('name').value, password: part('new-password').value }));
  });
  part('accept').addEventListener('click', () => busy(part('step-account'), () => accept({})));
  part('have-account').addEventListener('click', () => busy(part('step-account'), goOnToSignIn));
  part('sign-out').addEventListener('click', () => busy(part('step-account'), signOut));
  if (!token) return end('This link is not whole', 'Its end is missing. Open the whole link that you were sent.');
  sessionStorage.setItem('invitation', token);
  history.replaceState(null, '', location.pathname);
  const found = await call('POST', '/invitations/lookup', { token });
  if (found.status !== 200) {
    sessionStorage.removeItem('invitation');
    return end('This invitation cannot be accepted', detailOf(found) + ' Ask for a new one.');
  }
  invitation = found.body;
  showInvitation();
  await next();
}

start();
