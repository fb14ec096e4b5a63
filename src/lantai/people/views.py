"""Pages of signing in, units and accounts."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from lantai.base.actors import PUBLIC
from lantai.base.guards import ActorRequest, page
from lantai.kernel.errors import Invalid, NotFound, Unavailable
from lantai.people import queries, services
from lantai.people.forms import (
    AccountForm,
    OwnPasswordForm,
    PasswordForm,
    RoleForm,
    SignInForm,
    UnitChangeForm,
    UnitForm,
)
from lantai.people.models import Account
from lantai.people.policies import may, require


def _onward(request: HttpRequest) -> str:
    """Return where to go after signing in: a page of this site, else the work bench."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}) else "/"


@page("GET", "POST", public=True)
def sign_in(request: ActorRequest) -> HttpResponse:
    """Sign in. A poll whose session ended lands here too: it makes the browser load the whole page."""
    if getattr(request, "htmx", False):
        return HttpResponse(headers={"HX-Refresh": "true"})
    if request.actor.kind == "person":
        return HttpResponseRedirect(_onward(request))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _signed_in(request, form):
        return HttpResponseRedirect(_onward(request))
    status = form.status if request.method == "POST" else 200
    return render(request, "people/sign_in.html", {"form": form, "next": _onward(request)}, status=status)


def _signed_in(request: HttpRequest, form: SignInForm) -> bool:
    username, address = form.cleaned_data["username"], request.META.get("REMOTE_ADDR", "")
    if queries.sign_in_locked(username, address):
        form.refuse(Unavailable("people.signin.locked"))
        form.status = 429
        return False
    account = authenticate(request, username=username, password=form.cleaned_data["password"])
    if not isinstance(account, Account):
        services.refuse_session(PUBLIC, username=username, address=address)
        form.refuse(Invalid("people.signin.refused"))
        return False
    services.start_session(queries.actor_of(account), address=address)
    login(request, account)
    return True


@page("POST")
def sign_out(request: ActorRequest) -> HttpResponse:
    services.end_session(request.actor)
    logout(request)
    return redirect("sign-in")


@page("GET", "POST", public=True)
def invitation(request: ActorRequest, username: str, token: str) -> HttpResponse:
    """Set a password by an invitation, which is good once; who signed in before sets nothing here."""
    account = services.invited(username, token)
    form = PasswordForm(request.POST or None)
    given = form.cleaned_data if request.method == "POST" and form.is_valid() else {}
    if given and form.carry_out(services.accept_invitation, username, token, given["password"]):
        messages.success(request, _("密码已设好，请登录。"), extra_tags="ok")
        return redirect("sign-in")
    status = form.status if request.method == "POST" else 200
    return render(request, "people/invitation.html", {"form": form, "account": account}, status=status)


@page("GET", "POST")
def own_account(request: ActorRequest) -> HttpResponse:
    """One's own roles and password."""
    form = OwnPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _own_password_set(request, form):
        messages.success(request, _("密码已改。"), extra_tags="ok")
        return redirect("account-own")
    told = {"form": form, "roles": queries.roles_of(request.actor.username)}
    status = form.status if request.method == "POST" else 200
    return render(request, "people/own_account.html", told, status=status)


def _own_password_set(request: ActorRequest, form: OwnPasswordForm) -> bool:
    user = request.user
    if not isinstance(user, Account) or not user.check_password(form.cleaned_data["present"]):
        form.refuse(Invalid("people.password.wrong"))
        return False
    new = form.cleaned_data["password"]
    if not form.carry_out(services.set_password, request.actor, request.actor.username, new):
        return False
    user.refresh_from_db()
    update_session_auth_hash(request, user)
    return True


@page("GET", "POST")
def units(request: ActorRequest) -> HttpResponse:
    """All units; the system administrator adds one."""
    require(request.actor, "unit.change" if request.method == "POST" else "unit.see")
    form = UnitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        if form.carry_out(services.add_unit, request.actor, told["code"], told["name"]):
            messages.success(request, _("已添加单位 %(name)s。") % {"name": told["name"]}, extra_tags="ok")
            return redirect("units")
    context = {
        "units": queries.units(),
        "form": form,
        "may_change": may(request.actor, "unit.change"),
        "may_see_accounts": may(request.actor, "account.see"),
    }
    return render(
        request, "people/units.html", context, status=form.status if request.method == "POST" else 200
    )


@page("GET", "POST")
def unit(request: ActorRequest, code: str) -> HttpResponse:
    """Rename, close or reopen one unit."""
    require(request.actor, "unit.change")
    row = queries.unit(code)
    form = UnitChangeForm(request.POST or None, initial={"name": row.name, "is_open": row.is_open})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        if form.carry_out(
            services.change_unit, request.actor, code, name=told["name"], is_open=told["is_open"]
        ):
            messages.success(request, _("单位 %(code)s 已更新。") % {"code": code}, extra_tags="ok")
            return redirect("units")
    status = form.status if request.method == "POST" else 200
    return render(request, "people/unit.html", {"unit": row, "form": form}, status=status)


@page("GET", "POST")
def accounts(request: ActorRequest) -> HttpResponse:
    """All accounts with their roles; the system administrator opens one."""
    require(request.actor, "account.change" if request.method == "POST" else "account.see")
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        if form.carry_out(
            services.add_account, request.actor, told["username"], told["name"], password=told["password"]
        ):
            messages.success(
                request,
                _("已开设账号 %(username)s，等安全保密员授权。") % {"username": told["username"]},
                extra_tags="ok",
            )
            return redirect("accounts")
    context = {
        "accounts": queries.accounts(),
        "form": form,
        "may_change": may(request.actor, "account.change"),
    }
    return render(
        request, "people/accounts.html", context, status=form.status if request.method == "POST" else 200
    )


def _account_page(
    request: ActorRequest,
    username: str,
    *,
    password: PasswordForm | None = None,
    role: RoleForm | None = None,
) -> HttpResponse:
    wrong = next((form for form in (password, role) if form is not None), None)
    context = {
        "account": queries.account(username),
        "roles": queries.roles_of(username),
        "password_form": password or PasswordForm(),
        "role_form": role or RoleForm(),
        "may_change": may(request.actor, "account.change"),
        "may_grant": may(request.actor, "role.change") and request.actor.username != username,
    }
    return render(request, "people/account.html", context, status=wrong.status if wrong else 200)


@page("GET")
def account(request: ActorRequest, username: str) -> HttpResponse:
    """One account: its roles, its state, its password."""
    require(request.actor, "account.see")
    return _account_page(request, username)


@page("POST")
def set_state(request: ActorRequest, username: str) -> HttpResponse:
    """Close an account, or open it again."""
    service = services.open_account if request.POST.get("state") == "open" else services.close_account
    service(request.actor, username)
    return redirect("account", username)


@page("POST")
def set_other_password(request: ActorRequest, username: str) -> HttpResponse:
    """Set somebody's password, as the system administrator does on request."""
    require(request.actor, "account.change")
    form = PasswordForm(request.POST)
    if form.is_valid() and form.carry_out(
        services.set_password, request.actor, username, form.cleaned_data["password"]
    ):
        messages.success(request, _("密码已设。"), extra_tags="ok")
        return redirect("account", username)
    return _account_page(request, username, password=form)


@page("POST")
def grant(request: ActorRequest, username: str) -> HttpResponse:
    """Give a role."""
    require(request.actor, "role.change")
    form = RoleForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        if form.carry_out(services.grant_role, request.actor, username, told["role"], unit=told["unit"]):
            messages.success(request, _("已授予角色。"), extra_tags="ok")
            return redirect("account", username)
    return _account_page(request, username, role=form)


@page("POST")
def revoke(request: ActorRequest, username: str) -> HttpResponse:
    """Take a role away."""
    require(request.actor, "role.change")
    held = (request.POST.get("role", ""), request.POST.get("unit", ""))
    if held not in {(row.role, row.unit) for row in queries.roles_of(username)}:
        raise NotFound("people.role.not_held", username=username)
    services.revoke_role(request.actor, username, held[0], unit=held[1])
    messages.success(request, _("已收回角色。"), extra_tags="ok")
    return redirect("account", username)
