import { Button, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { useLogIn, type Session } from "../../api/session";
import { Password } from "../../shared/Password";
import { ProblemAlert } from "../../shared/ProblemAlert";

/** Name and password; what follows is the caller's. */
export function LogInForm({ username = "", onDone }: { username?: string; onDone?: (session: Session) => void }) {
  const { t } = useTranslation("common");
  const logIn = useLogIn();
  const form = useForm({ initialValues: { username, password: "" } });
  const submit = form.onSubmit((values) => logIn.mutate(values, { onSuccess: onDone, onError: () => form.setFieldValue("password", "") }));
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput label={t("username")} autoComplete="username" autoCapitalize="none" required {...form.getInputProps("username")} />
        <Password label={t("password")} autoComplete="current-password" {...form.getInputProps("password")} />
        <ProblemAlert error={logIn.error} />
        <Button type="submit" loading={logIn.isPending}>
          {t("logIn")}
        </Button>
      </Stack>
    </form>
  );
}
